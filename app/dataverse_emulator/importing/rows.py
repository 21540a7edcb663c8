"""Files of rows: JSON, CSV and the zip archives of the Configuration Migration tool, read into batches."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from dataverse_emulator.importing.files import Archive, Element, UnreadableFile, is_zip, parse_xml

_BATCH = 1000
_DATA, _SCHEMA = "data.xml", "data_schema.xml"


@dataclass(slots=True)
class RowFile:
    """What a file of rows holds: rows by table (logical or entity set name), links of N:N relationships, remarks."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    links: list[dict[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of rows and links."""
        return sum(map(len, self.rows.values())) + len(self.links)

    def batches(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Pieces of the file in the form that ``loading.load_batch`` takes, with the number of things in each."""
        for table, rows in self.rows.items():
            for start in range(0, len(rows), _BATCH):
                piece = rows[start : start + _BATCH]
                yield len(piece), {"table": table, "rows": piece}
        for start in range(0, len(self.links), _BATCH):
            links = self.links[start : start + _BATCH]
            yield len(links), {"links": links}


def read_rows(data: bytes, name: str) -> RowFile:
    """Read a file; its name tells the table of a CSV file (``accounts.csv``).

    Raises:
        UnreadableFile: it is in none of the known forms.
    """
    if is_zip(data):
        return _read_archive(Archive(data))
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return _read_json(text, PurePath(name).stem)
    if text[:1] == b"<":
        return _read_data(parse_xml(data))
    return _read_csv(data, PurePath(name).stem)


def _read_json(data: bytes, stem: str) -> RowFile:
    """Rows by table, a list of rows (the file's name tells the table), or an answer of the Web API."""
    import orjson

    try:
        content = orjson.loads(data)
    except ValueError as problem:
        raise UnreadableFile(f"The file is not valid JSON: {problem}.") from problem
    if isinstance(content, Mapping) and "@odata.context" in content:
        table = str(content["@odata.context"]).rpartition("#")[2].partition("(")[0].partition("/")[0]
        content = {table: content.get("value", [content])}
    elif isinstance(content, list):
        content = {stem: content}
    found = RowFile()
    for table, rows in content.items():
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise UnreadableFile(f"The rows of {table} must be a list of objects.")
        found.rows[str(table)] = rows
    return found


def _read_csv(data: bytes, stem: str) -> RowFile:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UnreadableFile("The file is neither JSON, nor XML, nor CSV in UTF-8.") from problem
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip() for name in reader.fieldnames or ()]
        if not names or not all(names):
            raise UnreadableFile("The first line of the CSV file must name the columns.")
        reader.fieldnames = names
        rows = []
        for row in reader:
            if None in row:
                raise UnreadableFile(f"Line {reader.line_num} of the CSV file has more values than the first line.")
            rows.append(row)
    except csv.Error as problem:
        raise UnreadableFile(f"Line {reader.line_num} of the CSV file cannot be read: {problem}.") from problem
    return RowFile({stem: rows})


def _read_archive(archive: Archive) -> RowFile:
    if _DATA not in archive:
        raise UnreadableFile("The zip archive holds no data.xml.")
    found = _read_data(parse_xml(archive.read(_DATA), _DATA))
    known = {_DATA, _SCHEMA, "[content_types].xml"}
    found.remarks += [f"file {name}: not taken" for name in archive.names if name.lower() not in known]
    return found


def _read_data(root: Element) -> RowFile:
    if root.tag != "entities":
        raise UnreadableFile("The XML document is no data.xml: its root is not 'entities'.")
    found = RowFile()
    for entity in root.iterfind("entity"):
        table = entity.get("name", "")
        rows = found.rows.setdefault(table, [])
        for record in entity.iterfind("records/record"):
            rows.append(_read_record(found, table, record))
        for link in entity.iterfind("m2mrelationships/m2mrelationship"):
            for target in link.iterfind("targetids/targetid"):
                found.links.append(
                    {
                        "table": table,
                        "relationship": link.get("m2mrelationshipname", ""),
                        "id": link.get("sourceid", ""),
                        "target": (target.text or "").strip(),
                    }
                )
    return found


def _read_record(found: RowFile, table: str, record: Element) -> dict[str, Any]:
    row: dict[str, Any] = {"@id": record.get("id")}
    for each in record.iterfind("field"):
        name, value = each.get("name", ""), each.get("value", "")
        target = each.get("lookupentity")
        parties = each.findall("activitypointerrecords/record")
        if parties:
            found.remarks.append(f"{table}.{name}: the parties of an activity are not taken")
        elif target and value:
            row[name] = {"table": target, "id": value}
        else:
            row[name] = value
    return row


def write_csv(columns: Mapping[str, str], rows: list[dict[str, Any]]) -> bytes:
    """Rows as CSV; lookups as ``table:id``."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return stream.getvalue().encode("utf-8")


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return f"{value['table']}:{value['id']}"
    return {True: "true", False: "false", None: ""}.get(value, value) if isinstance(value, bool | None) else value
