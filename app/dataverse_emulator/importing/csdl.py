"""``$metadata`` documents as drafts of tables (contract 07 §2.2).

The document names types, properties and navigation; it says nothing of labels, lengths, options and cascades. What has
to be guessed stands in the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dataverse_emulator.importing.drafts import Definition, Drafts, TableDraft
from dataverse_emulator.importing.files import Element, UnreadableFile
from dataverse_emulator.importing.keeping import label
from dataverse_emulator.metadata.classes import definition_classes
from dataverse_emulator.metadata.operations import catalogue
from dataverse_emulator.metadata.overlay import COLUMN, TABLE

_EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_READ = "Org.OData.Core.V1.Permissions"
_KEYS = "OData.Community.Keys.V1.AlternateKeys"
_DESCRIPTION = "Org.OData.Core.V1.Description"
# What columns are computed from, the emulator knows where it computes them.
_KNOWN_TERMS = frozenset({_READ, _KEYS, _DESCRIPTION, "Org.OData.Core.V1.Computed"})
_KNOWN_FACETS = frozenset({"Name", "Type", "MaxLength"})
_KNOWN_OF_TYPES = frozenset({"Key", "Property", "NavigationProperty", "Annotation"})

_TYPES = {
    "Edm.String": "String",
    "Edm.Boolean": "Boolean",
    "Edm.Int16": "Integer",
    "Edm.Int32": "Integer",
    "Edm.Int64": "BigInt",
    "Edm.Decimal": "Decimal",
    "Edm.Double": "Double",
    "Edm.Single": "Double",
    "Edm.Date": "DateTime",
    "Edm.DateTimeOffset": "DateTime",
    "Edm.Guid": "Uniqueidentifier",
    "BooleanManagedProperty": "ManagedProperty",
}
_ROOTS = frozenset({"crmbaseentity", "expando", "crmmodelbaseentity"})
_ABSTRACT = {"principal": "owner", "crmbaseentity": None}
_NEVER_WRITTEN = frozenset(
    {"createdon", "modifiedon", "versionnumber", "exchangerate", "createdby", "modifiedby", "owningbusinessunit"}
)
_NAMES = ("name", "fullname", "subject", "title", "friendlyname", "uniquename")
_LONGEST_LINE = 4000


def read_csdl(root: Element) -> Drafts:
    """The tables of a CSDL document.

    Raises:
        UnreadableFile: it is no CSDL document.
    """
    if root.tag != f"{_EDMX}Edmx":
        raise UnreadableFile("The XML document is no $metadata document: its root is not Edmx.")
    drafts = Drafts(is_full=False)
    reader = _Reader(drafts)
    for schema in root.iter(f"{_EDM}Schema"):
        reader.gather(schema)
    reader.read()
    if not drafts.tables:
        raise UnreadableFile("The $metadata document has no entity types of tables.")
    return drafts


class _Reader:
    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._report = drafts.report
        self._types: dict[str, Element] = {}
        self._sets: dict[str, str] = {}
        self._links: list[tuple[str, str, str, str]] = []

    def gather(self, schema: Element) -> None:
        """Know all types and sets, and note what is not taken."""
        known = catalogue()
        skipped = {"Annotations", "Term", "TypeDefinition"}
        for element in schema:
            kind, name = _local(element), element.get("Name", "")
            if kind == "EntityType":
                self._types[name] = element
            elif kind == "EntityContainer":
                for each in element:
                    if _local(each) == "EntitySet":
                        self._sets.setdefault(_plain(each.get("EntityType", "")), each.get("Name", ""))
                    elif _local(each) == "Singleton":
                        self._report.add(f"Singleton {each.get('Name')}", "not taken: tables have entity sets")
                    elif _local(each) not in ("ActionImport", "FunctionImport"):
                        self._report.add(f"{_local(each)} of the container", "not taken")
                    self._note_annotations(each)
            elif kind in ("Action", "Function"):
                if not known.overloads(name):
                    self._report.add(f"{kind} {name}", "not taken: make a custom API of that name to call it")
            elif kind == "ComplexType":
                if name not in known.complex_types and not name.startswith("Complex"):
                    self._report.add(f"ComplexType {name}", "not taken: no operation here has it")
            elif kind == "EnumType":
                if name not in known.enumerations:
                    self._report.add(f"EnumType {name}", "not taken: no operation here has it")
            else:
                self._report.add(f"{kind} {name}".strip(), "not taken" if kind in skipped else "not understood")

    def read(self) -> None:
        """Make the drafts."""
        classes = definition_classes()
        for name, element in self._types.items():
            if name not in _ROOTS and name not in _ABSTRACT and name not in classes:
                self._table(name, element)
        self._join()

    def _table(self, name: str, element: Element) -> None:
        base = _plain(element.get("BaseType", "crmbaseentity"))
        key = element.find(f"{_EDM}Key/{_EDM}PropertyRef")
        head: Definition = {"logicalName": name, "schemaName": name, "entitySetName": self._sets.get(name, "")}
        if base == "activitypointer":
            head |= {"base": "activitypointer", "isActivity": True, "primaryId": "activityid", "primaryName": "subject"}
        elif base == "principal":
            head |= {"base": "owner", "primaryId": f"{name}id"}
        elif base not in _ROOTS:
            self._report.add(
                f"EntityType {name}", f"its base type {base} is not understood; what it inherits is missing"
            )
        if "primaryId" not in head:
            if key is None:
                self._report.add(f"EntityType {name}", "not taken: it has no key")
                return
            head["primaryId"] = key.get("Name")
        draft = TableDraft(head)
        self._describe((TABLE, name), element)
        for each in element:
            if _local(each) not in _KNOWN_OF_TYPES:
                self._report.add(f"{_local(each)} of an entity type", "not understood")
        navigation = element.findall(f"{_EDM}NavigationProperty")
        lookups = self._lookups(name, navigation)
        for each in element.findall(f"{_EDM}Property"):
            column = self._column(name, each, lookups, draft.notes)
            if column is not None:
                draft.columns[column["logicalName"]] = column
                self._describe((COLUMN, f"{name}.{column['logicalName']}"), each)
                for facet in sorted(set(each.keys()) - _KNOWN_FACETS):
                    self._report.add(f"facet {facet} of properties", "not taken")
        self._shape(draft)
        for each in element.findall(f"{_EDM}Annotation"):
            if each.get("Term") == _KEYS:
                self._read_keys(draft, each)
        for lookup, found in lookups.items():
            for navigated in found:
                self._one_to_many(draft, lookup, navigated)
        for each in navigation:
            if each.get("Type", "").startswith("Collection("):
                target = _plain(each.get("Type")[11:-1])
                self._links.append((name, each.get("Name"), target, each.get("Partner", "")))
        self._drafts.tables[name] = draft

    def _describe(self, place: tuple[str, str], element: Element) -> None:
        """Keep the description of a type or property."""
        for each in element.iterfind(f"{_EDM}Annotation"):
            text = each.get("String") or "".join(each.itertext()).strip()
            if each.get("Term") == _DESCRIPTION and text:
                self._drafts.given[place] = {"Description": label(text)}
        self._note_annotations(element)

    def _note_annotations(self, element: Element) -> None:
        for each in element.iterfind(f"{_EDM}Annotation"):
            if each.get("Term") not in _KNOWN_TERMS:
                self._report.add(f"annotation {each.get('Term')}", "not taken")

    def _lookups(self, table: str, navigation: Iterable[Element]) -> dict[str, list[Element]]:
        """Column → the single-valued navigation properties that write it."""
        found: dict[str, list[Element]] = {}
        for each in navigation:
            if each.get("Type", "").startswith("Collection("):
                continue
            constraint = each.find(f"{_EDM}ReferentialConstraint")
            name = each.get("Name", "")
            if constraint is not None:
                column = _lookup_name(constraint.get("Property", "")) or constraint.get("Property", "")
            else:
                target = _plain(each.get("Type", ""))
                column = name.lower().removesuffix(f"_{table}").removesuffix(f"_{target}")
            found.setdefault(column, []).append(each)
        return found

    def _column(
        self, table: str, element: Element, lookups: dict[str, list[Element]], notes: dict[str, str]
    ) -> Definition | None:
        name, type_name = element.get("Name", ""), element.get("Type", "")
        is_read_only = any(
            each.get("Term") == _READ and "".join(each.itertext()).strip().endswith("/Read") for each in element
        )
        lookup = _lookup_name(name)
        if lookup is not None and type_name == "Edm.Guid":
            column = self._lookup(lookup, lookups.get(lookup, []), notes)
            is_read_only = is_read_only and lookup not in lookups
        else:
            kind = _TYPES.get(type_name) or _TYPES.get(_plain(type_name))
            column = {"logicalName": name.lower(), "schemaName": name, "type": kind}
            if name != name.lower():
                column["property"] = name
            if type_name == "Edm.Binary":
                column |= {"type": "Image"} if name == "entityimage" else {"type": "String", "edmType": "Edm.Binary"}
            elif kind is None:
                self._report.add(f"Property {table}/{name}", f"not taken: the type {type_name} is not understood")
                return None
            elif type_name == "Edm.Date":
                column |= {"format": "DateOnly", "dateTimeBehavior": "DateOnly"}
            elif kind == "String" and (element.get("MaxLength") or "").isdecimal():
                column["maxLength"] = int(element.get("MaxLength"))
                if column["maxLength"] > _LONGEST_LINE:
                    column["type"] = "Memo"
        if is_read_only or column["logicalName"] in _NEVER_WRITTEN:
            column |= {"validForCreate": False, "validForUpdate": False}
        return column

    def _lookup(self, name: str, navigation: list[Element], notes: dict[str, str]) -> Definition:
        targets = [_plain(each.get("Type", "")) for each in navigation]
        column: Definition = {"logicalName": name, "schemaName": name, "type": "Lookup"}
        if "principal" in targets:
            own = next(each.get("Name") for each in navigation if _plain(each.get("Type")) == "principal")
            column |= {"type": "Owner", "targets": ["systemuser", "team"], "navigation": {"owner": own}}
        if not targets:
            column["readOnly"] = True
            notes[name] = "no navigation property leads over it: it can be read only"
        return column

    def _shape(self, draft: TableDraft) -> None:
        """What follows from the columns that a table has."""
        head, columns = draft.head, draft.columns
        if columns.get("statecode", {}).get("type") == "Integer" and "statuscode" in columns:
            columns["statecode"] |= _STATE
            columns["statuscode"] |= _STATUS
            draft.notes["statecode"] = "its options are not in the document: Active and Inactive are taken"
        for name in [each for each in columns if each.endswith("_base")]:
            plain = columns.get(name.removesuffix("_base"))
            if plain is not None and columns[name]["type"] == plain["type"] == "Decimal":
                plain["type"] = columns[name]["type"] = "Money"
        if "primaryName" not in head and head.get("base") != "owner":
            prefix = draft.name.partition("_")[0]
            wanted = (*_NAMES, f"{prefix}_name")
            found = next((each for each in wanted if columns.get(each, {}).get("type") == "String"), None)
            if found is not None:
                head["primaryName"] = found
        if columns.get("ownerid", {}).get("type") == "Owner":
            head["ownership"] = "UserOwned"
        elif "organizationid" in columns:
            head["ownership"] = "OrganizationOwned"
        elif "owningbusinessunit" in columns:
            head["ownership"] = "BusinessOwned"
        else:
            head["ownership"] = "None"
        if columns.get("entityimage", {}).get("type") == "Image":
            head["primaryImage"] = "entityimage"

    def _read_keys(self, draft: TableDraft, annotation: Element) -> None:
        for number, record in enumerate(annotation.iter(f"{_EDM}Record"), 1):
            names = [_path(each) for each in record.iter(f"{_EDM}PropertyValue") if each.get("Property") == "Name"]
            if record.get("Type", "").endswith("AlternateKey") and names:
                columns = [(_lookup_name(name) or name).lower() for name in names]
                key = f"{draft.name}_key{number}"
                draft.keys[key] = {"logicalName": key, "schemaName": key, "columns": columns}

    def _one_to_many(self, draft: TableDraft, column: str, navigation: Element) -> None:
        name, target = navigation.get("Name", ""), _plain(navigation.get("Type", ""))
        place = f"NavigationProperty {draft.name}/{name}"
        if target in _ABSTRACT:
            if _ABSTRACT[target] is None:
                self._report.add(place, "not taken: it leads to rows of any table")
                return
            target = "owner"
        elif target not in self._types:
            self._report.add(place, f"not taken: the type {target} is not in the document")
            return
        if column not in draft.columns:
            if draft.head.get("base") is None:
                self._report.add(place, f"not taken: there is no property _{column}_value")
            return
        partner = navigation.get("Partner")
        self._drafts.one_to_many.append(
            {
                "schemaName": partner or f"{target}_{draft.name}_{column}",
                "referencedTable": target,
                "referencedColumn": "ownerid" if target == "owner" else f"{target}id",
                **({"referencedNavigation": partner} if partner else {}),
                "referencingTable": draft.name,
                "referencingColumn": column,
                "referencingNavigation": name,
            }
        )

    def _join(self) -> None:
        """Correct the keys of 1:N relationships, and find the N:N ones: collections that are each other's partners."""
        ends = {(table, name): (target, partner) for table, name, target, partner in self._links}
        over = {(each["referencedTable"], each.get("referencedNavigation")) for each in self._drafts.one_to_many}
        for each in self._drafts.one_to_many:
            referenced = self._drafts.tables.get(each["referencedTable"])
            if referenced is not None:
                each["referencedColumn"] = referenced.head["primaryId"]
        free = {
            name: draft
            for name, draft in self._drafts.tables.items()
            if not self._types[name].findall(f"{_EDM}NavigationProperty") and len(draft.columns) <= 8
        }
        done: set[tuple[str, str]] = set()
        for (table, name), (target, partner) in ends.items():
            if (table, name) in over or (table, name) in done:
                continue
            if (target, partner) in over or ends.get((target, partner), ("", ""))[0] != table:
                continue
            done |= {(table, name), (target, partner)}
            self._many_to_many(table, name, target, partner, free)

    def _many_to_many(self, table: str, name: str, target: str, partner: str, free: dict[str, TableDraft]) -> None:
        found = _intersect(table, target, name, self._drafts, free)
        intersect, column1, column2 = found or ("", "", "")
        if intersect:
            self._drafts.tables[intersect].head |= {"isIntersect": True, "ownership": "None"}
        self._drafts.many_to_many.append(
            {
                "schemaName": name,
                "table1": table,
                "navigation1": name,
                "table2": target,
                "navigation2": partner,
                "intersectTable": intersect,
                "column1": column1,
                "column2": column2,
            }
        )


_STATE: Definition = {
    "type": "State",
    "defaultValue": 0,
    "options": [
        {"value": 0, "label": "Active", "defaultStatus": 1, "invariantName": "Active"},
        {"value": 1, "label": "Inactive", "defaultStatus": 2, "invariantName": "Inactive"},
    ],
}
_STATUS: Definition = {
    "type": "Status",
    "options": [{"value": 1, "label": "Active", "state": 0}, {"value": 2, "label": "Inactive", "state": 1}],
}


def _intersect(
    table: str, target: str, name: str, drafts: Drafts, free: dict[str, TableDraft]
) -> tuple[str, str, str] | None:
    """The entity type that holds the pairs of an N:N relationship, with its columns for both sides."""
    if table not in drafts.tables or target not in drafts.tables:
        return None
    key1, key2 = (str(drafts.tables[each].head["primaryId"]) for each in (table, target))
    found: list[tuple[int, str, str, str]] = []
    for intersect, draft in free.items():
        ids = [each for each, column in draft.columns.items() if column["type"] == "Uniqueidentifier"]
        ids = [each for each in ids if each != draft.head["primaryId"]]
        if len(ids) != 2:
            continue
        if table == target:
            fits = all(each.startswith(key1.removesuffix("id")) for each in ids)
            pair = (ids[0], ids[1])
        else:
            fits = set(ids) == {key1, key2}
            pair = (key1, key2)
        if fits:
            likeness = len(_common_start(intersect, name.lower()))
            found.append((likeness, intersect, *pair))
    return max(found)[1:] if found else None


def _common_start(one: str, other: str) -> str:
    length = next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return one[:length] if length is not None else min(one, other, key=len)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _plain(type_name: str) -> str:
    """A type's name without namespace."""
    return type_name.rpartition(".")[2]


def _lookup_name(property_name: str) -> str | None:
    """``x`` of ``_x_value``."""
    if property_name.startswith("_") and property_name.endswith("_value"):
        return property_name[1 : -len("_value")]
    return None


def _path(element: Any) -> str:
    return str(element.get("PropertyPath") or "".join(element.itertext()).strip())
