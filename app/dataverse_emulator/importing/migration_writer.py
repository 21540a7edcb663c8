"""Writes the zip archive of the Configuration Migration tool: ``data.xml`` and ``data_schema.xml``.

N:N relationships stand with the first of their tables, parties with their activities.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from dataverse_emulator.importing.files import NOT_IN_XML, new_member
from dataverse_emulator.importing.row_writers import Row
from dataverse_emulator.messages.activities import PARTY_TABLE

_TYPES = {
    "String": "string",
    "Memo": "string",
    "EntityName": "string",
    "Integer": "number",
    "BigInt": "bigint",
    "Decimal": "decimal",
    "Double": "float",
    "Money": "money",
    "Boolean": "bool",
    "ManagedProperty": "bool",
    "DateTime": "datetime",
    "Picklist": "optionsetvalue",
    "State": "state",
    "Status": "status",
    "MultiSelectPicklist": "optionsetvaluecollection",
    "Lookup": "entityreference",
    "Customer": "entityreference",
    "Owner": "owner",
    "Uniqueidentifier": "guid",
    "Image": "imagedata",
}
_PARTY_LIST = "partylist"
_LONGEST = 9_000_000  # readers of XML refuse texts of ten million characters


class MigrationWriter:
    """Writes one archive."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._data = self._zip.open(new_member("data.xml"), "w", force_zip64=True)
        self._data.write(b"<?xml version='1.0' encoding='utf-8'?>\n<entities>")
        self._schema = etree.Element("entities")
        self._head: Mapping[str, Any] = {}
        self._has_links = False
        self.remarks: dict[str, None] = {}

    def begin(self, head: Mapping[str, Any]) -> bool:
        """Begin with a table; False for those of links and parties."""
        if head["isIntersect"] or head["table"] == PARTY_TABLE:
            return False
        self._end()
        self._head, self._has_links = head, False
        self._add_schema(head)
        names = f"name={quoteattr(head['table'])} displayname={quoteattr(head['displayName'])}"
        self._data.write(f"\n<entity {names}>\n<records>".encode())
        return True

    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows of that table."""
        for row in rows:
            record = etree.Element("record", {"id": row[self._head["primaryId"]]})
            parties = row.pop("@parties", {})
            self._fields(record, row, self._head["columns"])
            for name, listed in parties.items():
                field = etree.SubElement(record, "field", {"name": name, "value": "", "lookupentity": ""})
                for party in listed:
                    element = etree.SubElement(field, "activitypointerrecords", {"id": party["activitypartyid"]})
                    self._fields(element, party, dict.fromkeys(party))
            self._data.write(b"\n" + etree.tostring(record, encoding="utf-8"))

    def pairs(self, link: Mapping[str, Any], pairs: Sequence[Sequence[str]]) -> None:
        """Write links of that table, after its rows."""
        if not self._has_links:
            self._data.write(b"\n</records>\n<m2mrelationships>")
            self._has_links = True
        for source, found in groupby(pairs, key=lambda pair: pair[0]):
            members = {
                "sourceid": source,
                "targetentityname": link["target"],
                "targetentitynameidfield": link["targetKey"],
                "m2mrelationshipname": link["name"],
            }
            element = etree.Element("m2mrelationship", members)
            targets = etree.SubElement(element, "targetids")
            for _, target in found:
                etree.SubElement(targets, "targetid").text = target
            self._data.write(b"\n" + etree.tostring(element, encoding="utf-8"))

    def close(self) -> None:
        """Write the end, and the schema."""
        self._end()
        self._data.write(b"\n</entities>\n")
        self._data.close()
        content = etree.tostring(self._schema, xml_declaration=True, encoding="utf-8", pretty_print=True)
        self._zip.writestr(new_member("data_schema.xml"), content)
        self._zip.close()

    def _end(self) -> None:
        if self._head:
            last = b"</m2mrelationships>" if self._has_links else b"</records>\n<m2mrelationships/>"
            self._data.write(b"\n" + last + b"\n</entity>")

    def _fields(self, record: Any, row: Row, columns: Mapping[str, Any]) -> None:
        for name in columns:
            if name not in row:
                continue
            value = row[name]
            if isinstance(value, Mapping):
                members = {"name": name, "value": value["id"], "lookupentity": value["table"]}
            else:
                members = {"name": name, "value": self._text(name, value, columns[name])}
            etree.SubElement(record, "field", members)

    def _text(self, name: str, value: Any, kind: str | None) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "True" if value else "False"
        if kind == "MultiSelectPicklist":
            return f"[-1,{value},-1]"
        text = str(value)
        place = f"{self._head['table']}.{name}"
        if len(text) > _LONGEST:
            self.remarks[f"{place}: values longer than {_LONGEST} characters are not exported"] = None
            return ""
        clean = NOT_IN_XML.sub("", text)
        if len(clean) < len(text):
            self.remarks[f"{place}: characters that XML cannot hold are not exported"] = None
        return clean

    def _add_schema(self, head: Mapping[str, Any]) -> None:
        members = {
            "name": head["table"],
            "displayname": head["displayName"],
            "etc": str(head["typeCode"]),
            "primaryidfield": head["primaryId"],
            "primarynamefield": head["primaryName"],
            "disableplugins": "false",
        }
        entity = etree.SubElement(self._schema, "entity", members)
        fields = etree.SubElement(entity, "fields")
        for name, kind in head["columns"].items():
            key = {"primaryKey": "true"} if name == head["primaryId"] else {}
            etree.SubElement(fields, "field", {"displayname": name, "name": name, "type": _TYPES[kind], **key})
        for name in head["partyLists"]:
            etree.SubElement(fields, "field", {"displayname": name, "name": name, "type": _PARTY_LIST})
        if head["links"]:
            listed = etree.SubElement(entity, "relationships")
            for link in head["links"]:
                members = {
                    "name": link["name"],
                    "manyToMany": "true",
                    "isreflexive": str(link["target"] == head["table"]).lower(),
                    "relatedEntityName": link["name"],
                    "m2mTargetEntity": link["target"],
                    "m2mTargetEntityPrimaryKey": link["targetKey"],
                }
                etree.SubElement(listed, "relationship", members)
