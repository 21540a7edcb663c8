"""Files from outside: what is not to be trusted is refused with a clear word."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from dataverse_emulator.cli import main
from dataverse_emulator.importing.files import Archive, UnreadableFile, parse_xml, read_file
from dataverse_emulator.importing.schema import read_schema

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<lolz>&b;</lolz>"""
EXTERNAL = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("text", [BOMB, EXTERNAL, b"<!-- x --><!DOCTYPE y><y/>", BOMB.decode().encode("utf-16")])
def test_a_document_type_is_refused(text: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"document type|well-formed"):
        parse_xml(text)


def test_markup_in_text_is_no_document_type() -> None:
    assert parse_xml(b"<x><![CDATA[<!DOCTYPE html><html/>]]></x>").text == "<!DOCTYPE html><html/>"


@pytest.mark.parametrize("name", ["../escape.xml", "/etc/passwd", "a/../../b", "..\\b", "C:\\b"])
def test_a_member_that_climbs_is_refused(name: str) -> None:
    with pytest.raises(UnreadableFile, match="leads out"):
        Archive(zipped(**{name: b"x"}))


def test_a_zip_bomb_is_refused() -> None:
    archive = Archive(zipped(**{"customizations.xml": b"<b/>" * (2 * 1024 * 1024)}))
    with pytest.raises(UnreadableFile, match="suspicious size"):
        archive.read("customizations.xml")


def test_a_member_without_a_name_is_refused() -> None:
    data = bytearray(zipped(a=b"x"))
    lengths = data.rindex(b"PK\1\2") + 28
    data[lengths : lengths + 4] = b"\0\0\1\0"  # its one letter counts as extra data
    with pytest.raises(UnreadableFile, match="without a name"):
        Archive(bytes(data))


def test_a_name_with_line_breaks_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="leads out"):
        Archive(zipped(**{"a\nb": b"x"}))


def test_a_member_before_the_file_is_refused() -> None:
    """The end of the archive says where its directory begins; all places are counted from there."""
    data = bytearray(zipped(a=b"x"))
    place = data.rindex(b"PK\5\6") + 16
    data[place : place + 4] = (0x7FFFFFF0).to_bytes(4, "little")
    archive = Archive(bytes(data))
    with pytest.raises(UnreadableFile, match="cannot be read"):
        archive.read("a")


def test_only_stored_and_deflated_members_are_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"x")
    with pytest.raises(UnreadableFile, match="neither stored nor deflated"):
        Archive(stream.getvalue()).read("a")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "neither"),
        (b"plain words", "neither"),
        (b"<html><body/></html>", "no \\$metadata document"),
        (b"<html>", "not well-formed"),
        (b"{}", "no EntityDefinitions"),
        (b"{", "not valid JSON"),
        (b"[1]", "no object"),
        (b'{"value": [{"LogicalName": "x"}]}', "no EntityDefinitions"),
        (zipped(readme=b"x"), "no customizations.xml"),
        (b"PK\x03\x04 damaged", "cannot be read"),
        (
            zipped(
                **{
                    "customizations.xml": b"<ImportExportXml/>",
                    "solution.xml": b"<ImportExportXml><SolutionManifest><Managed>1</Managed></SolutionManifest>"
                    b"</ImportExportXml>",
                }
            ),
            "managed",
        ),
    ],
)
def test_a_file_that_is_no_schema(data: bytes, match: str) -> None:
    with pytest.raises(UnreadableFile, match=match):
        read_schema(data)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_file("/nowhere/schema.xml")


def test_a_symbolic_link_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("data.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnreadableFile, match="symbolic link"):
        Archive(stream.getvalue())


def test_two_members_of_one_name_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="same name"):
        Archive(zipped(**{"data.xml": b"<a/>", "DATA.XML": b"<b/>"}))


def test_a_member_is_found_whatever_its_case() -> None:
    assert Archive(zipped(**{"Data.XML": b"<a/>"})).read("data.xml") == b"<a/>"


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataverse_emulator.importing.files.MAX_MEMBERS", 2)
    with pytest.raises(UnreadableFile, match="more than 2 members"):
        Archive(zipped(a=b"", b=b"", c=b""))


BAD_COLUMN = b'{"LogicalName": "new_x", "PrimaryIdAttribute": "new_xid", "Attributes": [%s]}'


@pytest.mark.parametrize(
    "data",
    [
        # named, as an archive holds the time at which it was made
        *(
            pytest.param(zipped(**{"customizations.xml": b"<ImportExportXml/>"})[:length], id=f"{length} bytes of zip")
            for length in (10, 40, 100)
        ),
        b'{"LogicalName": "new_x"',
        b'{"value": [' * 5000,
        '{"LogicalName": "Café"'.encode("latin-1"),
        b'<?xml version="1.0" encoding="made-up"?><edmx/>',
        b"<a>" * 5000,
        b"\xff\xfe<",
        b"\xef\xbb\xbf",
        BOMB,
        EXTERNAL,
        BAD_COLUMN % b'{"LogicalName": "new_y", "AttributeType": "String", "MaxLength": 1e400}',
        BAD_COLUMN % b'{"LogicalName": "new_y", "AttributeType": "Integer", "MinValue": 99999999999999999999999999}',
        BAD_COLUMN % b'{"LogicalName": ["new_y"], "AttributeType": {}}',
        BAD_COLUMN
        % b'{"LogicalName": "new_y", "AttributeType": "Picklist", "OptionSet": {"Options": [1, {"Value": "x"}]}}',
        BAD_COLUMN % b'{"LogicalName": "new_y", "AttributeType": "Status", "OptionSet": {"Options": 5}}',
        BAD_COLUMN % b'{"LogicalName": "new_y", "DisplayName": 3, "Targets": "x", "AttributeType": "Lookup"}',
        b'{"LogicalName": "new_x", "PrimaryIdAttribute": "new_xid", "Attributes": [{}], "Keys": [3], "Privileges": 7}',
        b'{"LogicalName": "account", "PrimaryIdAttribute": "accountid", "Description": {"LocalizedLabels": [5]},'
        b' "Attributes": [{"LogicalName": "name", "AttributeType": "String", "Description": {"LocalizedLabels": 3},'
        b' "IsAuditEnabled": {"Value": []}, "RequiredLevel": {"Value": {}}}]}',
    ],
)
def test_a_broken_schema_ends_with_one_clear_line_or_a_report(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "schema"
    path.write_bytes(data)
    ended = CliRunner().invoke(main, ["import", "schema", str(path), "--database", str(tmp_path / "x.sqlite")])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    assert ended.exit_code in (0, 1)
    if ended.exit_code:
        assert ended.output.startswith(f"Error: {path}: ")
        assert ended.output.count("\n") == 1
        assert len(ended.output) < 1000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_schema_in_another_encoding_is_read(encoding: str) -> None:
    text = '{"LogicalName": "new_x", "PrimaryIdAttribute": "new_xid", "Attributes": [{"LogicalName": "new_xid", '
    text += '"AttributeType": "Uniqueidentifier"}]}'
    assert list(read_schema(text.encode(encoding)).tables) == ["new_x"]
