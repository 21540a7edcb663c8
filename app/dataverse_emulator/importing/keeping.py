"""What only descriptions know: labels in all languages, descriptions, icons, what may be customized.

The parts that are laid over a catalog say how tables behave. The rest of a definition is held against its description
here: what may be set becomes a setting of its part, so that it comes back; what differs otherwise is reported, counted
by table and member.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.importing.drafts import Drafts
from dataverse_emulator.messages.metadata.column_members import settings_of_kind
from dataverse_emulator.messages.metadata.given import label_of, setting, settings_of
from dataverse_emulator.messages.metadata.keys import SETTINGS as KEY_SETTINGS
from dataverse_emulator.messages.metadata.options import SETTINGS as SET_SETTINGS
from dataverse_emulator.messages.metadata.relationships import SETTINGS as RELATIONSHIP_SETTINGS
from dataverse_emulator.messages.metadata.relationships import relationship_settings
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.classes import members_of
from dataverse_emulator.metadata.describe import (
    describe_column,
    describe_key,
    describe_option_set,
    describe_relationship,
    describe_table,
)
from dataverse_emulator.metadata.describe.columns import class_of
from dataverse_emulator.metadata.describe.relationships import MENUS
from dataverse_emulator.metadata.describe.tables import SETTABLE
from dataverse_emulator.metadata.describe.values import LANGUAGE
from dataverse_emulator.metadata.overlay import COLUMN, KEY, ONE_TO_MANY, OPTION_SET, TABLE, table_of
from dataverse_emulator.metadata.written import write_column, write_relationship

PartsInWork = MutableMapping[tuple[str, str], Mapping[str, Any]]

# Every environment has its own: nothing is lost with those of another.
_OWN = frozenset({"MetadataId", "HasChanged", "ColumnNumber", "CreatedOn", "ModifiedOn", "ObjectTypeCode"})
_LABELS = ("DisplayName", "DisplayCollectionName", "Description", "Label")
_KINDS = {COLUMN: "columns", KEY: "keys"}


def label(text: str) -> dict[str, Any]:
    """A ``Label`` in the base language."""
    return label_of({str(LANGUAGE): text})


def with_texts(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A definition whose labels have all their texts in ``LocalizedLabels``; some files have the user's alone."""
    found = {}
    for name in _LABELS:
        value = given.get(name)
        if isinstance(value, Mapping) and not value.get("LocalizedLabels"):
            own = value.get("UserLocalizedLabel")
            if isinstance(own, Mapping) and own.get("Label"):
                found[name] = {"LocalizedLabels": [{"LanguageCode": LANGUAGE, **own}]}
    return {**given, **found} if found else given


def keep(drafts: Drafts, catalog: Catalog, parts: PartsInWork) -> None:
    """Add what the descriptions of a file have and its parts have not.

    Args:
        drafts: what the file says; the report takes what cannot be kept.
        catalog: what there was before.
        parts: what becomes of the file; settings are added to them.
    """
    _Keeper(drafts, catalog, parts).keep()


class _Keeper:
    def __init__(self, drafts: Drafts, catalog: Catalog, parts: PartsInWork) -> None:
        self._drafts = drafts
        self._catalog = catalog.copy(parts)
        self._parts = parts
        self._lost: Counter[tuple[str, str]] = Counter()

    def keep(self) -> None:
        for (kind, name), given in self._drafts.given.items():
            if kind in (TABLE, COLUMN, KEY):
                table = self._catalog.find(table_of(name))
                if table is None:
                    continue
            try:
                self._of_kind(kind, name, with_texts(given))
            except EmulatorError as problem:
                self._drafts.report.add(f"{kind} {name}", f"its description is not kept: {problem.message}")
        for (place, member), count in self._lost.items():
            text = f"{member} not kept"
            if place in ("relationships", "option sets"):
                self._drafts.report.add(f"{count} {place}", text)
            else:
                table_name, _, of = place.partition("/")
                self._drafts.report.add(f"table {table_name}", f"{count} {of}: {text}" if of else text)

    def _of_kind(self, kind: str, name: str, given: Mapping[str, Any]) -> None:
        if kind == TABLE:
            self._table(name, given)
        elif kind == COLUMN:
            self._column(name, given)
        elif kind == KEY:
            self._key(name, given)
        elif kind == OPTION_SET:
            self._option_set(name, given)
        else:
            self._relationship(kind, name, given)

    def _table(self, name: str, given: Mapping[str, Any]) -> None:
        usual = describe_table(self._catalog.table(name), self._catalog)
        settings = settings_of("EntityMetadata", given, usual, SETTABLE)
        if settings:
            self._set((TABLE, name), self._parts.get((TABLE, name)) or {}, settings)
        self._note(name, "EntityMetadata", given, usual, SETTABLE)

    def _column(self, name: str, given: Mapping[str, Any]) -> None:
        table_name, _, column_name = name.partition(".")
        table = self._catalog.table(table_name)
        column = table.columns.get(column_name)
        if column is None:
            return
        usual, class_name = describe_column(column, table, 0), class_of(column)
        names = settings_of_kind(str(column.type))
        settings = settings_of(class_name, given, usual, names)
        if settings:
            self._set((COLUMN, name), self._parts.get((COLUMN, name)) or write_column(column), settings)
        self._note(f"{table_name}/columns", class_name, given, usual, names)

    def _key(self, name: str, given: Mapping[str, Any]) -> None:
        table = self._catalog.table(table_of(name))
        key = next((each for each in table.keys if f"{table.logical_name}.{each.logical_name}" == name), None)
        if key is None:
            return
        usual, names = describe_key(key, table), KEY_SETTINGS
        settings = settings_of("EntityKeyMetadata", given, usual, names)
        part = self._parts.get((KEY, name))
        if settings and part is not None:
            self._set((KEY, name), part, settings)
        self._note(f"{table.logical_name}/keys", "EntityKeyMetadata", given, usual, names if part is not None else ())

    def _option_set(self, name: str, given: Mapping[str, Any]) -> None:
        options, part = self._catalog.option_set(name), self._parts.get((OPTION_SET, name))
        if options is None:
            return
        usual, names = describe_option_set(name, options, part=part), SET_SETTINGS
        settings = settings_of("OptionSetMetadata", given, usual, names)
        if settings and part is not None:
            self._set((OPTION_SET, name), part, settings)
        self._note("option sets", "OptionSetMetadata", given, usual, names if part is not None else ())

    def _relationship(self, kind: str, name: str, given: Mapping[str, Any]) -> None:
        of = given.get("ReferencingEntity") if kind == ONE_TO_MANY else given.get("Entity1LogicalName")
        listed = self._catalog.parents_of(str(of)) if kind == ONE_TO_MANY else self._catalog.links_of(str(of))
        relationship = next((each for each in listed if each.schema_name == name), None)
        if relationship is None:
            return
        usual = describe_relationship(relationship)
        class_name = "OneToManyRelationshipMetadata" if kind == ONE_TO_MANY else "ManyToManyRelationshipMetadata"
        menus = {name: with_texts(given[name]) for name in MENUS if isinstance(given.get(name), Mapping)}
        settings = relationship_settings(class_name, {**given, **menus}, usual)
        if settings:
            self._set((kind, name), self._parts.get((kind, name)) or write_relationship(relationship), settings)
        self._note("relationships", class_name, given, usual, (*RELATIONSHIP_SETTINGS, *MENUS))

    def _set(self, place: tuple[str, str], part: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self._parts[place] = {**part, "settings": {**(part.get("settings") or {}), **settings}}

    def _note(
        self,
        place: str,
        class_name: str,
        given: Mapping[str, Any],
        usual: Mapping[str, Any],
        settable: Iterable[str],
    ) -> None:
        """Count the members that say something else than the description and are kept nowhere."""
        kinds, kept = members_of(class_name), frozenset(settable)
        for name, value in given.items():
            kind = kinds.get(name)
            if kind is None or name in kept or name in _OWN or value is None or name not in usual:
                continue
            if _comparable(name, kind, value) != _comparable(name, kind, usual[name]):
                self._lost[place, name] += 1


def _comparable(name: str, kind: str, value: Any) -> Any:
    """A member's value in a form that is the same for the same meaning."""
    if name == "Privileges":
        return sorted(str(each.get("Name")) for each in value if isinstance(each, Mapping))
    if name == "CascadeConfiguration" and isinstance(value, Mapping):
        return {action: told for action, told in value.items() if told not in (None, "NoCascade")}
    if name in MENUS or kind in ("mscrm.OptionSetMetadata", "mscrm.BooleanOptionSetMetadata"):
        return None
    if isinstance(value, list):
        return sorted(map(str, value))
    return setting(kind, value)
