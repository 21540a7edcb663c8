"""Reads the zip archive of the Configuration Migration tool: ``data.xml``, with party lists and N:N links.

The shape is that of the tool's own files: ``field`` has ``name`` and ``value``, a lookup ``lookupentity`` beside it; a
party list holds ``activitypointerrecords`` with the columns of ``activityparty``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from dataverse_emulator.importing.files import Archive, Element, Member, UnreadableFile, forget, walk_xml
from dataverse_emulator.importing.parties import ROLES
from dataverse_emulator.importing.rows import LINKS, ROLE, Item, RowFile
from dataverse_emulator.messages.activities import PARTY_TABLE

_DATA, _SCHEMA = "data.xml", "data_schema.xml"
_KNOWN = frozenset({_DATA, _SCHEMA, "[content_types].xml"})


def read_archive(file: RowFile) -> Iterator[Item]:
    """The rows, parties and links of an archive; its other members stand in the remarks.

    Raises:
        UnreadableFile: it has no ``data.xml``, or is not to be trusted.
    """
    archive = Archive(file.path)
    if _DATA not in archive:
        raise UnreadableFile("The zip archive holds no data.xml.")
    for name in archive.names:
        if name.lower() not in _KNOWN:
            file.remarks[f"file {name}: not taken"] = None
    with archive.open(_DATA) as stream:
        yield from _read(file, stream)


def read_document(file: RowFile) -> Iterator[Item]:
    """The rows, parties and links of a bare ``data.xml``.

    Raises:
        UnreadableFile: it is none.
    """
    with file.path.open("rb") as stream:
        yield from _read(file, stream)


def _read(file: RowFile, stream: IO[bytes] | Member) -> Iterator[Item]:
    table, is_first = "", True
    for event, element in walk_xml(stream, _DATA):
        if event == "start":
            if is_first and element.tag != "entities":
                raise UnreadableFile("The XML document is no data.xml: its root is not 'entities'.")
            is_first = False
            if element.tag == "entity":
                table = element.get("name", "")
        elif element.tag == "record" and element.getparent().tag == "records":
            row, parties = _read_record(file, table, element)
            yield ("rows", table), element.sourceline or 0, row
            yield from parties
            forget(element)
        elif element.tag == "m2mrelationship":
            yield from _read_links(table, element)
            forget(element)


def _read_links(table: str, element: Element) -> Iterator[Item]:
    for target in element.iterfind("targetids/targetid"):
        link = {
            "table": table,
            "relationship": element.get("m2mrelationshipname", ""),
            "id": element.get("sourceid", ""),
            "target": (target.text or "").strip(),
        }
        yield (LINKS, table), target.sourceline or 0, link


def _read_record(file: RowFile, table: str, record: Element) -> tuple[dict[str, Any], list[Item]]:
    id = record.get("id", "")
    row: dict[str, Any] = {"@id": id}
    parties: list[Item] = []
    for each in record.iterfind("field"):
        name = each.get("name", "")
        is_list = name in ROLES and (len(each) or not each.get("value"))
        if is_list:
            parties += _read_parties(table, id, ROLES[name], each)
        if len(each) and not is_list:
            file.remarks[f"{table}.{name}: the elements in this field are not taken"] = None
        elif not len(each):
            row[name] = _value(each)
    return row, parties


def _read_parties(table: str, id: str, role: int, field: Element) -> Iterator[Item]:
    """The rows of a party list; the first item says which role of which activity they fill anew."""
    part = ("rows", PARTY_TABLE)
    yield part, field.sourceline or 0, {ROLE: [id, role]}
    for each in field:
        row = {found.get("name", ""): _value(found) for found in each.iter("field")}
        row |= {"activityid": {"table": table, "id": id}, "participationtypemask": role}
        yield part, each.sourceline or 0, {"@id": each.get("id"), **row}


def _value(field: Element) -> Any:
    value, target = field.get("value", ""), field.get("lookupentity")
    return {"table": target, "id": value} if target and value else value
