"""Prefer, entity tags, media types."""

from __future__ import annotations

from time import perf_counter

import pytest

from odata_protocol.errors import SyntaxProblem
from odata_protocol.headers import (
    EntityTag,
    EntityTags,
    Preferences,
    accepts,
    parse_entity_tag,
    parse_entity_tags,
    parse_media_type,
    parse_prefer,
)

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOOKUP = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"


def test_nothing_preferred() -> None:
    assert parse_prefer([]) == Preferences()
    assert parse_prefer(["", ",", "  ", "=", '"', ";;"]).return_ is None


def test_quotes_that_never_close_take_linear_time() -> None:
    start = perf_counter()
    assert parse_prefer(['x="' + '\\"' * 8000, "return=minimal"]).return_ == "minimal"
    assert parse_prefer(['return=minimal, x="']).return_ == "minimal"
    assert perf_counter() - start < 0.5


def test_several_headers_and_lists() -> None:
    found = parse_prefer(
        ['return=representation, odata.include-annotations="a.b, c.d"', "odata.maxpagesize=50,odata.track-changes"]
    )
    assert (found.return_, found.max_page_size, found.track_changes) == ("representation", 50, True)
    assert found.include_annotations is not None
    assert found.include_annotations.text == "a.b, c.d"
    assert found.include_annotations.matches("c.d")
    names = ("return", "odata.include-annotations", "odata.maxpagesize", "odata.track-changes", "respond-async")
    assert found.applied(*names) == (
        'return=representation, odata.include-annotations="a.b, c.d", odata.maxpagesize=50, odata.track-changes'
    )
    assert found.applied("respond-async") == ""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("return=representation", "representation"),
        ("Return = Representation", "representation"),
        ('return="minimal"', "minimal"),
        ("return=representation;x=1", "representation"),
        ("return=minimal, return=representation", "minimal"),
        ("return=all", None),
        ("return", None),
    ],
)
def test_return(header: str, expected: str | None) -> None:
    assert parse_prefer([header]).return_ == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", 1),
        ("05", 5),
        ('"7"', 7),
        ("0", None),
        ("-1", None),
        ("x", None),
        ("", None),
        ("²", None),
        ("9" * 99, 2**63 - 1),
    ],
)
def test_page_size(value: str, expected: int | None) -> None:
    assert parse_prefer([f"odata.maxpagesize={value}"]).max_page_size == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("odata.continue-on-error", True),
        ("odata.continue-on-error=true", True),
        ("odata.continue-on-error=false", False),
        ("continue", False),
    ],
)
def test_continue_on_error(header: str, expected: bool) -> None:
    assert parse_prefer([header]).continue_on_error is expected


@pytest.mark.parametrize(
    ("value", "wanted", "unwanted"),
    [
        ('"*"', [FORMATTED, LOOKUP], []),
        ("*", [FORMATTED], []),
        (f'"{FORMATTED}"', [FORMATTED], [LOOKUP]),
        (FORMATTED, [FORMATTED], [LOOKUP]),
        (f'"{FORMATTED},{LOOKUP}"', [FORMATTED, LOOKUP], [NAVIGATION]),
        (f"{FORMATTED},{LOOKUP}", [FORMATTED, LOOKUP], [NAVIGATION]),
        ('"Microsoft.Dynamics.CRM.*"', [LOOKUP, NAVIGATION], [FORMATTED]),
        (f'"*,-{LOOKUP}"', [FORMATTED, NAVIGATION], [LOOKUP]),
        ('"*,-Microsoft.Dynamics.CRM.*"', [FORMATTED], [LOOKUP]),
        (f'"-*,{LOOKUP}"', [LOOKUP], [FORMATTED]),
        ('""', [], [FORMATTED]),
        ('"-*"', [], [FORMATTED]),
    ],
)
def test_annotations(value: str, wanted: list[str], unwanted: list[str]) -> None:
    found = parse_prefer([f"odata.include-annotations={value}", "return=minimal"])
    assert found.include_annotations is not None
    assert all(map(found.include_annotations.matches, wanted))
    assert not any(map(found.include_annotations.matches, unwanted))
    assert found.applied("odata.include-annotations") == f"odata.include-annotations={value}"
    assert found.return_ == "minimal"


def test_unquoted_annotations_end_at_the_next_preference() -> None:
    found = parse_prefer([f"odata.include-annotations={FORMATTED},{LOOKUP},odata.maxpagesize=2,x.y"])
    assert found.max_page_size == 2
    assert found.include_annotations is not None
    assert found.include_annotations.text == f"{FORMATTED},{LOOKUP}"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (None, None),
        ("", None),
        ("null", None),
        (" * ", EntityTags((), True)),
        ('W/"1"', EntityTags((EntityTag("1", True),))),
        ('"1"', EntityTags((EntityTag("1"),))),
        ('W/"1", "a,b"', EntityTags((EntityTag("1", True), EntityTag("a,b")))),
    ],
)
def test_entity_tags(text: str | None, tags: EntityTags | None) -> None:
    assert parse_entity_tags(text) == tags


def test_tags_match_weakly() -> None:
    assert EntityTags((EntityTag("1"), EntityTag("2", True))).matches("2")
    assert not EntityTags((EntityTag("1"),)).matches("2")
    assert EntityTags((), True).matches("2")


@pytest.mark.parametrize("text", ["1", "W/1", '"1', 'W/"1" "2"', '"1",', "*,*", 'w/"1"'])
def test_malformed_tags(text: str) -> None:
    with pytest.raises(SyntaxProblem, match="is not valid"):
        parse_entity_tags(text)
    with pytest.raises(SyntaxProblem):
        parse_entity_tag(text)


def test_media_type() -> None:
    found = parse_media_type('Application/JSON; odata.metadata=full;Charset="utf-8"; IEEE754Compatible=true')
    assert found.type == "application/json"
    assert found.parameters == {"odata.metadata": "full", "charset": "utf-8", "ieee754compatible": "true"}
    assert parse_media_type("multipart/mixed;boundary=batch_a-b").parameters == {"boundary": "batch_a-b"}
    with pytest.raises(SyntaxProblem):
        parse_media_type("json")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, True),
        ("", True),
        ("*/*", True),
        ("application/*", True),
        ("application/json", True),
        ("APPLICATION/JSON;odata.metadata=minimal", True),
        ("text/html, */*;q=0.1", True),
        ("application/xml", False),
        ("application/json;q=0, */*", False),
        ("*/*;q=0, application/json", True),
        ("nonsense", False),
        ("application/json;q=x", True),
    ],
)
def test_accept(header: str | None, expected: bool) -> None:
    assert accepts(header, "application/json") is expected
