"""Writes the zip archive of the Configuration Migration tool: ``data.xml`` and ``data_schema.xml``."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

_TYPES = {
    "String": "string",
    "Memo": "string",
    "Integer": "number",
    "BigInt": "bigint",
    "Decimal": "decimal",
    "Double": "float",
    "Money": "money",
    "Boolean": "bool",
    "DateTime": "datetime",
    "Picklist": "optionsetvalue",
    "State": "state",
    "Status": "status",
    "MultiSelectPicklist": "optionsetvaluecollection",
    "Lookup": "entityreference",
    "Customer": "entityreference",
    "Owner": "owner",
    "Uniqueidentifier": "guid",
}


@dataclass(frozen=True, slots=True)
class TableRows:
    """One table to write: ``columns`` maps names to column types."""

    name: str
    display_name: str
    primary_id: str
    primary_name: str
    type_code: int
    columns: Mapping[str, str]
    rows: list[dict[str, Any]]


def write_migration(tables: Iterable[TableRows]) -> bytes:
    """The archive."""
    data, schema = etree.Element("entities"), etree.Element("entities")
    for table in tables:
        names = {name: kind for name, kind in table.columns.items() if kind in _TYPES}
        head = {"name": table.name, "displayname": table.display_name}
        _write_schema(etree.SubElement(schema, "entity", head), table, names)
        entity = etree.SubElement(data, "entity", head)
        records = etree.SubElement(entity, "records")
        for row in table.rows:
            record = etree.SubElement(records, "record", {"id": row[table.primary_id]})
            for name in names:
                value = row.get(name)
                if isinstance(value, Mapping):
                    members = {"name": name, "value": value["id"], "lookupentity": value["table"]}
                    etree.SubElement(record, "field", members)
                elif value is not None:
                    etree.SubElement(record, "field", {"name": name, "value": _text(value)})
        etree.SubElement(entity, "m2mrelationships")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, root in (("data.xml", data), ("data_schema.xml", schema)):
            archive.writestr(name, etree.tostring(root, xml_declaration=True, encoding="utf-8"))
    return stream.getvalue()


def _write_schema(entity: Any, table: TableRows, names: Mapping[str, str]) -> None:
    entity.set("etc", str(table.type_code))
    entity.set("primaryidfield", table.primary_id)
    entity.set("primarynamefield", table.primary_name)
    entity.set("disableplugins", "false")
    fields = etree.SubElement(entity, "fields")
    for name, kind in names.items():
        members = {"displayname": name, "name": name, "type": _TYPES[kind]}
        if name == table.primary_id:
            members["primaryKey"] = "true"
        etree.SubElement(fields, "field", members)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"
    text = str(value)
    return "".join(letter for letter in text if letter in "\t\n\r" or letter >= " ")
