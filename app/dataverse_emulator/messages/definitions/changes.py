"""RetrieveMetadataChanges: a query over definitions, and what changed since the last one (contract 07 §10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.definitions.complete import LISTS, MEMBERS, TYPE
from dataverse_emulator.messages.definitions.conditions import Predicate, listed, make_predicate, refused
from dataverse_emulator.messages.definitions.versions import KINDS, Changes, changes_since, current_stamp
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.describe import Description, kept_description
from dataverse_emulator.metadata.describe.values import LANGUAGE

_ALWAYS = ("MetadataId", "HasChanged")
# Query of a list → its class and the lists that it counts for.
_INNER = {
    "AttributeQuery": ("AttributeMetadata", ("Attributes",)),
    "KeyQuery": ("EntityKeyMetadata", ("Keys",)),
    "RelationshipQuery": (
        "RelationshipMetadataBase",
        ("ManyToManyRelationships", "ManyToOneRelationships", "OneToManyRelationships"),
    ),
}
# Names of DeletedMetadataFilters → kinds of versions.py; labels go with their definitions here.
_FILTERS = {"Default": KINDS[:1], "All": KINDS} | {kind: (kind,) for kind in KINDS}


@operation("RetrieveMetadataChanges", reads=True)
def retrieve_metadata_changes(context: Context, message: Operation) -> OperationResult:
    """Tables that fit the query, each with what the query asks for; with a client's stamp only what changed since.

    Raises:
        EmulatorError: 0x80040203 for a query that cannot be understood, 0x80044352 for a stamp that has expired.
    """
    catalog, parameters = context.catalog, message.parameters
    now = datetime.fromisoformat(context.now)
    query = _Query.read(parameters.get("Query"))
    stamp = parameters.get("ClientVersionStamp")
    changes = changes_since(catalog, stamp, now) if stamp else None
    tables = [found for name in catalog.table_names if (found := query.table(catalog, name, changes)) is not None]
    deleted = None
    filters = parameters.get("DeletedMetadataFilters")
    if filters is not None and changes is not None:
        deleted = _deleted(str(filters), changes)
    return OperationResult(
        {
            "ServerVersionStamp": current_stamp(catalog, now),
            "EntityMetadata": tables,
            "DeletedMetadata": deleted,
        }
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One level of a query: which definitions, and which of their properties (None: all)."""

    fits: Predicate
    names: frozenset[str] | None

    def shape(self, description: Description, changes: Changes | None) -> Description:
        """The asked properties of a description."""
        shown = {name: description[name] for name in (TYPE, *_ALWAYS) if name in description}
        if self.names is None:
            shown.update(description)
        else:
            shown.update((name, description[name]) for name in description if name in self.names)
        shown["HasChanged"] = changes is None or description["MetadataId"] in changes.changed
        return shown


@dataclass(frozen=True, slots=True)
class _Query:
    tables: _Part
    inner: Mapping[str, _Part]
    has_labels: bool

    @staticmethod
    def read(query: Any) -> _Query:
        """Raises: EmulatorError 0x80040203."""
        if query is None:
            query = {"Properties": {"AllProperties": True}}
        if not isinstance(query, Mapping):
            raise refused("Query must be an EntityQueryExpression.")
        inner = {}
        for name, (class_name, lists) in _INNER.items():
            part = _part(query.get(name), class_name, name)
            inner.update(dict.fromkeys(lists, part))
        labels = query.get("LabelQuery")
        languages = listed(labels, "FilterLanguages") if isinstance(labels, Mapping) else []
        return _Query(_part(query, "EntityMetadata", "Query"), inner, not languages or LANGUAGE in languages)

    def table(self, catalog: Catalog, name: str, changes: Changes | None) -> Description | None:
        """The table as the query wants it; None where it does not fit, or nothing of it changed."""
        table = catalog.table(name)
        described = kept_description(table, catalog)
        if not self.tables.fits(described):
            return None
        shown = self.tables.shape(described, changes)
        for each in LISTS:
            if self.tables.names is None or each in self.tables.names:
                shown[each] = self._members(each, MEMBERS[each](catalog, table), changes)
        is_changed = shown["HasChanged"] or any(shown.get(each) for each in LISTS)
        if not is_changed:
            return None
        return shown if self.has_labels else _without_labels(shown)

    def _members(self, name: str, found: Iterable[Description], changes: Changes | None) -> list[Description]:
        part = self.inner[name]
        shown = (part.shape(each, changes) for each in found if part.fits(each))
        return [each for each in shown if each["HasChanged"]]


def _part(query: Any, class_name: str, what: str) -> _Part:
    if query is None:
        return _Part(lambda _: True, None)  # inferred: a list without a query of its own comes whole
    if not isinstance(query, Mapping):
        raise refused(f"{what} must be a metadata query.")
    properties = query.get("Properties")
    if properties is not None and not isinstance(properties, Mapping):
        raise refused("Properties must be a MetadataPropertiesExpression.")
    properties = properties or {}
    names: frozenset[str] | None = None
    if not properties.get("AllProperties"):
        names = frozenset(map(str, listed(properties, "PropertyNames")))
    return _Part(make_predicate(query.get("Criteria"), class_name), names)


def _deleted(filters: str, changes: Changes) -> Description:
    """What went, in the form of a collection of keys and values."""
    kinds = [kind for each in filters.split(",") for kind in _FILTERS.get(each, ())]
    found = {kind: changes.deleted[kind] for kind in dict.fromkeys(kinds) if changes.deleted.get(kind)}
    return {
        "Count": len(found),
        "IsReadOnly": False,
        "Keys": list(found),
        "Values": [{"Items": list(identifiers)} for identifiers in found.values()],
    }


def _without_labels(value: Any) -> Any:
    """A copy without texts: other languages were asked for."""
    if isinstance(value, dict):
        if "LocalizedLabels" in value:
            return {**value, "LocalizedLabels": [], "UserLocalizedLabel": None}
        return {name: _without_labels(inner) for name, inner in value.items()}
    return [_without_labels(inner) for inner in value] if isinstance(value, list) else value
