"""Drafts held against a catalog: what is new becomes parts that are laid over it (``metadata.overlay``).

The emulator's own behaviour rests on the columns of its standard tables. So these keep their types; an import adds to
them, and describes them better where it can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.importing.drafts import Definition, Drafts, Report, TableDraft
from dataverse_emulator.importing.heads import changed_head, with_members
from dataverse_emulator.importing.intersects import intersect_draft
from dataverse_emulator.importing.keeping import keep
from dataverse_emulator.metadata.catalog import Catalog, Parts, Table
from dataverse_emulator.metadata.overlay import COLUMN, KEY, MANY_TO_MANY, ONE_TO_MANY, OPTION_SET, TABLE
from dataverse_emulator.metadata.written import write_column

_FIRST_TYPE_CODE = 10_000
_HEAD_OF_STANDARD = ("displayName", "displayCollectionName", "statusTransitions")


def merge(drafts: Drafts, catalog: Catalog) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The parts that bring a catalog to what the drafts say; what cannot be taken stands in the drafts' report."""
    return _Merge(drafts, catalog).parts()


class _Merge:
    def __init__(self, drafts: Drafts, catalog: Catalog) -> None:
        self._drafts = drafts
        self._catalog = catalog
        self._report: Report = drafts.report
        self._parts: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._new: dict[str, TableDraft] = {}

    def parts(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        for name, options in self._drafts.option_sets.items():
            self._option_set(name, options)
        for name, draft in self._drafts.tables.items():
            table = self._catalog.find(name)
            if table is None:
                self._new_table(draft)
            else:
                self._standard_table(table, draft)
        for each in self._drafts.one_to_many:
            self._one_to_many(each)
        for each in self._drafts.many_to_many:
            self._many_to_many(each)
        self._drop_unknown_targets()
        keep(self._drafts, self._catalog, self._parts)
        return self._parts

    # ---- tables

    def _option_set(self, name: str, options: Definition) -> None:
        from dataverse_emulator.metadata.schemas import validate_option_sets

        problems = validate_option_sets([{key: options[key] for key in ("name", "type", "options")}])
        for problem in problems:
            self._report.add(f"option set {name}", f"not taken: {problem}")
        if not problems and (self._catalog.option_set(name) is None or self._drafts.is_full):
            self._parts[OPTION_SET, name] = options

    def _new_table(self, draft: TableDraft) -> None:
        from dataverse_emulator.metadata.schemas import validate_table

        head, name = draft.head, draft.name
        if self._drafts.overwrites and not head.get("isIntersect"):
            head.setdefault("displayName", head["schemaName"])
        is_whole = "activityid" in draft.columns if self._drafts.overwrites else self._drafts.is_full
        if head.get("base") == "activitypointer" and not is_whole:
            self._inherit(draft)
        head.setdefault("objectTypeCode", self._next_type_code())
        if not head.get("entitySetName"):
            head.pop("entitySetName", None)
            if not head.get("isIntersect"):
                head["entitySetName"] = f"{name}s" if not name.endswith("s") else f"{name}es"
                self._report.add(f"table {name}", f"it has no entity set name; {head['entitySetName']} is taken")
        taken = self._catalog.find_set(head.get("entitySetName", ""))
        if taken is not None:
            self._report.add(f"table {name}", f"not taken: {taken.logical_name} has the entity set name already")
            return
        for column in list(draft.columns.values()):
            self._check_options(name, column)
        problems = validate_table({**head, "columns": list(draft.columns.values()), "keys": list(draft.keys.values())})
        for problem in problems:
            self._report.add(f"table {name}", f"not taken: {problem}")
        if problems:
            return
        self._new[name] = draft
        self._parts[TABLE, name] = with_members(head, draft.given, self._catalog)
        for column in draft.columns.values():
            self._take_column(draft, column)
        for key_name, key in draft.keys.items():
            self._parts[KEY, f"{name}.{key_name}"] = key

    def _inherit(self, draft: TableDraft) -> None:
        """The columns that an activity has in common with all activities."""
        base = self._catalog.table("activitypointer")
        for column in base.columns.values():
            draft.columns.setdefault(column.logical_name, write_column(column))

    def _standard_table(self, table: Table, draft: TableDraft) -> None:
        """Add to a table that is there; what differs and cannot be taken is reported."""
        name = table.logical_name
        given = draft.head.get("entitySetName")
        if given and given != table.entity_set_name:
            self._report.add(f"table {name}", f"keeps the entity set name {table.entity_set_name}, not {given}")
        if self._drafts.is_full:
            head = {each: draft.head[each] for each in _HEAD_OF_STANDARD if draft.head.get(each)}
            if self._drafts.overwrites:
                head |= changed_head(table, draft, self._catalog)
            if head:
                self._parts[TABLE, name] = {**(self._catalog.part(TABLE, name) or {}), **head}
        for column_name, column in draft.columns.items():
            standard = table.columns.get(column_name)
            if standard is None:
                if self._is_sound(table, column):
                    self._take_column(draft, column)
            elif self._drafts.is_full and standard.type.value == column["type"]:
                self._described_column(table, draft, column)
            elif standard.type.value != column["type"] and self._drafts.is_full:
                self._report.add(
                    f"column {name}.{column_name}", f"stays a {standard.type.value} column, not {column['type']}"
                )
        own = {key.logical_name for key in table.keys if key.settings is not None and self._drafts.overwrites}
        known = {key.columns for key in table.keys} | {key.logical_name for key in table.keys} - own
        known -= {key.columns for key in table.keys if key.logical_name in own}
        for key_name, key in draft.keys.items():
            if key_name not in known and tuple(key["columns"]) not in known:
                self._key(table, draft, key)

    def _take_column(self, draft: TableDraft, column: Definition) -> None:
        name = column["logicalName"]
        self._parts[COLUMN, f"{draft.name}.{name}"] = column
        if name in draft.notes:
            self._report.add(f"column {draft.name}.{name}", draft.notes[name])

    def _described_column(self, table: Table, draft: TableDraft, column: Definition) -> None:
        """A standard column as the file describes it, with what only the emulator knows of it."""
        standard = write_column(table.columns[column["logicalName"]])
        members = ("property", "edmType", "readOnly", "navigation", "targets", "attributeOf", "defaultValue")
        for member in members[:-1] if self._drafts.overwrites else members:
            if member in standard:
                column[member] = standard[member]
            elif member in ("property", "edmType"):
                column.pop(member, None)
        if self._is_sound(table, column):
            self._take_column(draft, column)

    def _is_sound(self, table: Table, column: Definition) -> bool:
        from dataverse_emulator.metadata.schemas import ColumnSchema, check

        self._check_options(table.logical_name, column)
        problems = check(ColumnSchema(), column)
        for problem in problems:
            self._report.add(f"column {table.logical_name}.{column['logicalName']}", f"not taken: {problem}")
        return not problems

    def _check_options(self, table: str, column: Definition) -> None:
        """A column whose global option set nobody knows has no options."""
        name = column.get("optionSet")
        if column.get("optionSetGlobal") and name and not column.get("options"):
            is_known = (OPTION_SET, name) in self._parts or self._catalog.option_set(name) is not None
            if not is_known:
                self._report.add(f"column {table}.{column['logicalName']}", f"the option set {name} is not known")

    def _key(self, table: Table, draft: TableDraft, key: Definition) -> None:
        missing = [each for each in key["columns"] if each not in table.columns and each not in draft.columns]
        place = f"key {table.logical_name}.{key['logicalName']}"
        if missing:
            self._report.add(place, f"not taken: there is no column {', '.join(missing)}")
        else:
            self._parts[KEY, f"{table.logical_name}.{key['logicalName']}"] = key

    def _next_type_code(self) -> int:
        codes = [head.get("objectTypeCode", 0) for (kind, _), head in self._parts.items() if kind == TABLE]
        own = [part.get("objectTypeCode") or 0 for (kind, _), part in self._catalog.parts.items() if kind == TABLE]
        return int(max((_FIRST_TYPE_CODE - 1, *codes, *own))) + 1

    def _drop_unknown_targets(self) -> None:
        """Leave out the tables of lookups that are nowhere: their rows could not be named."""
        for (kind, name), part in self._parts.items():
            if kind != COLUMN or not part.get("targets"):
                continue
            known = [each for each in part["targets"] if self._is_known(each, f"column {name}")]
            if len(known) < len(part["targets"]):
                self._parts[kind, name] = {**part, "targets": known}

    # ---- relationships

    def _one_to_many(self, one: Definition) -> None:
        place = f"relationship {one['schemaName']}"
        if not (self._is_known(one["referencedTable"], place) and self._is_known(one["referencingTable"], place)):
            return
        referencing, column = one["referencingTable"], one["referencingColumn"]
        standard = self._catalog.find(referencing)
        if standard is not None and any(
            each.schema_name == one["schemaName"]
            or (each.referencing_column == column and each.referenced_table == one["referencedTable"])
            for each in self._catalog.parents_of(referencing)
        ):
            self._known_relationship(ONE_TO_MANY, one)  # known already, with its cascades
            return
        if not self._has_column(referencing, column):
            self._report.add(place, f"not taken: {referencing} has no column {column}")
            return
        self._take_relationship(ONE_TO_MANY, one, place)

    def _many_to_many(self, many: Definition) -> None:
        place, intersect = f"relationship {many['schemaName']}", many["intersectTable"]
        for each in self._catalog.links_of(many["table1"]):
            if each.schema_name == many["schemaName"] or each.intersect_table == intersect:
                self._known_relationship(MANY_TO_MANY, many)
                return
        if not intersect:
            self._report.add(place, "not taken: no table of the file holds its pairs")
            return
        if not all(self._is_known(each, place) for each in (many["table1"], many["table2"])):
            return
        if intersect not in self._new and self._catalog.find(intersect) is None:
            self._new_table(intersect_draft(many, self._drafts.intersects.get(intersect) or str(intersect)))
            if intersect not in self._new:
                return
        self._take_relationship(MANY_TO_MANY, many, place)

    def _known_relationship(self, kind: str, relationship: Definition) -> None:
        """A relationship that users made takes what a file says of it, where it goes between the same tables."""
        former = self._catalog.part(kind, relationship["schemaName"])
        ends = ("referencedTable", "referencingTable", "referencingColumn", "table1", "table2", "intersectTable")
        if self._drafts.overwrites and former is not None:
            if all(former.get(each) == relationship.get(each) for each in ends):
                kept = {name: former[name] for name in former if name.startswith("navigation") or "Navigation" in name}
                kept |= {name: former[name] for name in ("column1", "column2") if name in former}
                self._parts[kind, relationship["schemaName"]] = {**relationship, **kept}
            else:
                self._report.add(
                    f"relationship {relationship['schemaName']}", "not taken: it goes between other tables here"
                )

    def _take_relationship(self, kind: str, relationship: Definition, place: str) -> None:
        from dataverse_emulator.metadata.schemas import ManyToManySchema, OneToManySchema, check

        schema = OneToManySchema() if kind == ONE_TO_MANY else ManyToManySchema()
        problems = check(schema, relationship)
        for problem in problems:
            self._report.add(place, f"not taken: {problem}")
        if not problems:
            self._parts[kind, relationship["schemaName"]] = relationship

    def _is_known(self, table: str, place: str) -> bool:
        if table in self._new or self._catalog.find(table) is not None:
            return True
        self._report.add(place, f"not taken: the table {table} is not known")
        return False

    def _has_column(self, table: str, column: str) -> bool:
        standard = self._catalog.find(table)
        if standard is not None and column in standard.columns:
            return True
        return (COLUMN, f"{table}.{column}") in self._parts


def as_plain(parts: Parts) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Parts as a list that can be marshalled."""
    return [(kind, name, part) for (kind, name), part in parts.items()]
