"""Files from outside: what is not to be trusted is refused with a clear word."""

from __future__ import annotations

import io
import zipfile

import pytest

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
    archive = Archive(zipped(**{"customizations.xml": b"\0" * (20 * 1024 * 1024)}))
    with pytest.raises(UnreadableFile, match="suspicious size"):
        archive.read("customizations.xml")


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
