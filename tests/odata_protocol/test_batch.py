"""Batch bodies in the shapes of the clients (contract 02 §11, 04 E-90 to E-93, 09 §3)."""

from __future__ import annotations

import contextlib
import email
import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from odata_protocol.batch import (
    MAX_HEADER_BYTES,
    MAX_REQUESTS,
    BatchItem,
    BatchReader,
    ChangeSet,
    ChangeSetResponse,
    PartRequest,
    PartResponse,
    read_batch,
    read_boundary,
    reason,
    write_batch,
)
from odata_protocol.errors import SyntaxProblem

DATA = Path(__file__).parent / "data" / "batch"
ROOT = "https://contoso.crm.dynamics.com/api/data/v9.2"
ID = "11111111-1111-4111-8111-111111111111"
ENTRY = "application/json; type=entry"
JSON = "application/json"

CLIENTS: list[tuple[str, str, list[BatchItem]]] = [
    (
        "official_python",
        'multipart/mixed; boundary="batch_7d5c"',
        [
            PartRequest("GET", f"{ROOT}/accounts?$select=name&$filter=name%20eq%20'A%20B'"),
            ChangeSet(
                (
                    PartRequest("POST", f"{ROOT}/accounts", {"content-type": ENTRY}, '{"name": "Ærø"}'.encode(), "1"),
                    PartRequest("PATCH", "$1", {"content-type": ENTRY, "if-match": "*"}, b'{"telephone1": "1"}', "2"),
                    PartRequest("DELETE", "$1", {"if-match": "*"}, b"", "3"),
                )
            ),
        ],
    ),
    (
        "dataverse_api",
        'multipart/mixed; boundary="batch_1f"',
        [
            PartRequest(
                "POST",
                f"{ROOT}/accounts",
                {"content-type": ENTRY, "odata-version": "4.0"},
                b'\n\n{"name": "A"}\n',
            ),
            PartRequest("DELETE", f"{ROOT}/accounts({ID})", {"content-type": ENTRY, "odata-version": "4.0"}),
        ],
    ),
    (
        "dynamics_web_api",
        "multipart/mixed;boundary=dwa_batch_42",
        [
            ChangeSet(
                (
                    PartRequest("POST", f"{ROOT}/contacts", {"content-type": JSON}, b'{"lastname":"B"}\r\n', "100001"),
                    PartRequest(
                        "PUT",
                        "$100001/parentcustomerid_account/$ref",
                        {"content-type": JSON},
                        f'{{"@odata.id":"{ROOT}/accounts({ID})"}}\r\n'.encode(),
                        "lead",
                    ),
                )
            ),
            PartRequest("GET", f"{ROOT}/contacts?$select=lastname", {"accept": JSON}),
        ],
    ),
    (
        "dataverse_web",
        "multipart/mixed; boundary=batch_x",
        [
            ChangeSet(
                (
                    PartRequest(
                        "PATCH",
                        f"/api/data/v9.2/accounts({ID})",
                        {"content-type": JSON, "prefer": "return=representation"},
                        b'{"name":"A"}',
                        "1",
                    ),
                )
            )
        ],
    ),
    (
        "mcp_dataverse",
        "multipart/mixed; boundary=batch_m",
        [
            PartRequest("GET", f"{ROOT}/WhoAmI", {"content-type": JSON}),
            ChangeSet((PartRequest("DELETE", f"{ROOT}/accounts({ID})", {"content-type": JSON}, b"", "1"),)),
        ],
    ),
    (
        "relative_targets",
        "multipart/mixed; boundary=batch_b",
        [
            PartRequest("PATCH", f"accounts({ID})", {"content-type": JSON}, b'{"name":"A"}'),
            PartRequest("GET", f"accounts({ID})?$select=name"),
        ],
    ),
    (
        "airbyte",
        'multipart/mixed; boundary="batch_a"',
        [
            PartRequest("GET", "/api/data/v9.2/accounts?%24select=name", {"accept": JSON}),
            PartRequest("GET", "/api/data/v9.2/contacts?$top=1", {"accept": JSON}),
        ],
    ),
    (
        "odata_js",
        "multipart/mixed; boundary=batch_o",
        [
            PartRequest(
                "GET",
                f"{ROOT}/accounts?%24select=name",
                {"authorization": "Bearer not-a-token", "accept": "application/json;odata.metadata=minimal"},
                b"",
                "a-1",
            )
        ],
    ),
    (
        "without_part_headers",
        "multipart/mixed; boundary=batch_n",
        [
            PartRequest("GET", "accounts"),
            PartRequest("GET", "contacts?$filter=fullname%20eq%20'HTTP/1.1%20x'"),
        ],
    ),
]
BODIES = {name: (DATA / f"{name}.http").read_bytes() for name, _, _ in CLIENTS}


def part(request: str, headers: str = "Content-Type: application/http\n") -> str:
    return f"--b\n{headers}\n{request}\n"


def in_change_set(*parts: str) -> bytes:
    inner = "".join(f"--c\n{text}\n" for text in parts)
    return f"--b\nContent-Type: multipart/mixed; boundary=c\n\n{inner}--c--\n--b--\n".encode()


def read(body: bytes | str) -> list[BatchItem]:
    return read_batch("multipart/mixed; boundary=b", body.encode() if isinstance(body, str) else body)


def problem(body: bytes | str) -> str:
    with pytest.raises(SyntaxProblem) as caught:
        read(body)
    return caught.value.message


# ---- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "content_type", "expected"), CLIENTS, ids=[name for name, _, _ in CLIENTS])
def test_what_each_client_writes_is_read(name: str, content_type: str, expected: list[BatchItem]) -> None:
    assert read_batch(content_type, BODIES[name]) == expected


@pytest.mark.parametrize(("name", "content_type", "expected"), CLIENTS, ids=[name for name, _, _ in CLIENTS])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_line_ends_do_not_matter(name: str, content_type: str, expected: list[BatchItem], line_end: bytes) -> None:
    body = BODIES[name].replace(b"\r\n", b"\n").replace(b"\n", line_end)
    assert _without_space(read_batch(content_type, body)) == _without_space(expected)


@pytest.mark.parametrize(("name", "content_type", "expected"), CLIENTS, ids=[name for name, _, _ in CLIENTS])
def test_closing_delimiter_may_lack_its_line_end_or_be_missing(
    name: str, content_type: str, expected: list[BatchItem]
) -> None:
    body = BODIES[name].rstrip(b"\r\n")
    assert read_batch(content_type, body) == expected
    if body.endswith(b"--"):
        assert read_batch(content_type, body[: body.rindex(b"--batch" if b"--batch" in body else b"--dwa")]) == expected


@given(data=st.data(), client=st.sampled_from(CLIENTS))
def test_any_split_into_pieces_gives_the_same_parts(
    data: st.DataObject, client: tuple[str, str, list[BatchItem]]
) -> None:
    name, content_type, expected = client
    body = BODIES[name]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=12)))
    reader = BatchReader(read_boundary(content_type))
    found: list[BatchItem] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        found += reader.feed(body[start:end])
    assert found + reader.close() == expected


def test_parts_come_as_soon_as_they_are_complete() -> None:
    reader = BatchReader("b")
    assert reader.feed(part("GET accounts HTTP/1.1").encode()) == []
    assert reader.feed(b"--b\n") == [PartRequest("GET", "accounts")]
    assert reader.feed(b"\nGET contacts HTTP/1.1\n--b--") == []
    assert reader.close() == [PartRequest("GET", "contacts")]


WORDS = """
--b --b-- --c --c-- : HTTP/1.1 GET $batch Content-ID:1
Content-Type:application/http Content-Type:multipart/mixed;boundary=c
"""
PIECES = st.sampled_from([*WORDS.encode().split(), b"\r\n", b"\n", b"\r", b" ", b"\x00", b"\xff"])


@settings(max_examples=400)
@given(st.one_of(st.binary(), st.lists(st.one_of(PIECES, st.binary(max_size=3)), max_size=40).map(b"".join)))
@example(b"--b\nContent-Type: \n\n--b--")
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(SyntaxProblem):
        assert all(isinstance(item, PartRequest | ChangeSet) for item in read(body))


def test_batch_may_be_empty() -> None:
    assert read("--b--") == []


def test_folded_and_repeated_headers_are_joined() -> None:
    (request,) = read(part("GET x HTTP/1.1\nPrefer: a,\n b\nPrefer:c"))
    assert isinstance(request, PartRequest)
    assert request.headers == {"prefer": "a, b, c"}


def test_header_is_utf8_or_latin1() -> None:
    (request,) = read(b"--b\n\nGET x HTTP/1.1\nA: \xc3\xa6\nB: \xe6\n--b--")
    assert isinstance(request, PartRequest)
    assert request.headers == {"a": "æ", "b": "æ"}


def test_characters_that_a_url_cannot_have_are_encoded() -> None:
    (request,) = read(part("GET accounts?$filter=name eq 'Æ\"<>%41' HTTP/1.1"))
    assert isinstance(request, PartRequest)
    assert request.target == "accounts?$filter=name%20eq%20'%C3%86\"<>%41'"


def test_content_id_may_stand_in_the_request() -> None:
    (request,) = read(part("GET x HTTP/1.1\nContent-ID: 7"))
    assert isinstance(request, PartRequest)
    assert request.content_id == "7"


def test_body_that_looks_like_another_delimiter_is_kept() -> None:
    (request,) = read(part('POST x HTTP/1.1\n\n"--b1\n --b\n--c--"') + "--b--")
    assert isinstance(request, PartRequest)
    assert request.body == b'"--b1\n --b\n--c--"'


# ---- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "multipart/mixed", "multipart/mixed; boundary=", "", "multipart/form-data; boundary=b"],
)
def test_content_type_must_be_multipart_mixed_with_a_boundary(content_type: str) -> None:
    with pytest.raises(SyntaxProblem):
        read_boundary(content_type)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", "the boundary 'b' was not found"),
        ("--c\n\nGET x HTTP/1.1\n--c--", "the boundary 'b' was not found"),
        ("--b\n--b--", "the request line ''"),
        (part(""), "the request line ''"),
        (part("GET x"), "the request line 'GET x'"),
        (part("GET HTTP/1.1"), "the request line 'GET HTTP/1.1'"),
        (part("GÆT x HTTP/1.1"), "the request line"),
        (part("GET x HTTP/1.1\nno header"), "'no header' is not a header"),
        (part("x", "Content-Type: text/plain\n"), "'text/plain' is not valid for a part"),
        (part("x", "Content-Type: multipart/mixed\n"), "'boundary' is required"),
        (part("x", "Content-Type: multipart/mixed; boundary=c\n"), "the boundary 'c' was not found"),
        (part("POST /api/data/v9.2/$batch HTTP/1.1"), "A batch cannot contain another batch"),
        (part("POST %24batch?x HTTP/1.1"), "A batch cannot contain another batch"),
    ],
)
def test_broken_framing_is_refused(body: str, text: str) -> None:
    assert text in problem(body)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (["Content-ID: 1\n\nGET x HTTP/1.1"], "cannot contain GET requests"),
        (["Content-Type: application/http\n\nDELETE x HTTP/1.1"], "has no Content-ID"),
        (["Content-ID: 1\n\nDELETE x HTTP/1.1"] * 2, "The Content-ID '1' was found more than once"),
        (["Content-ID: 1\nContent-Type: multipart/mixed; boundary=d\n\n--d--"], "cannot contain another change set"),
        (["Content-ID: 1\n\nPOST $batch HTTP/1.1"], "cannot contain another batch"),
    ],
)
def test_what_a_change_set_cannot_hold_is_refused(inner: list[str], text: str) -> None:
    assert text in problem(in_change_set(*inner))


def test_limit_of_requests_counts_those_in_change_sets() -> None:
    plain = part("GET x HTTP/1.1")
    assert len(read(plain * MAX_REQUESTS + "--b--")) == MAX_REQUESTS
    assert "exceeds the limit of 1,000" in problem(plain * (MAX_REQUESTS + 1) + "--b--")
    nested = [f"Content-ID: {number}\n\nDELETE x HTTP/1.1" for number in range(MAX_REQUESTS)]
    assert len(read(in_change_set(*nested))) == 1
    assert "exceeds the limit of 1,000" in problem(plain.encode() + in_change_set(*nested))


@pytest.mark.parametrize("form", ["--b\n{lines}\nGET x HTTP/1.1\n", "--b\n\nGET x HTTP/1.1\n{lines}\n"])
def test_headers_of_a_part_have_a_limit(form: str) -> None:
    line = "A: b\n"
    most = MAX_HEADER_BYTES // len(line)
    assert len(read(form.format(lines=line * most) + "--b--")) == 1
    assert "headers of a part of the batch are longer" in problem(form.format(lines=line * (most + 2)) + "--b--")


# ---- writing ---------------------------------------------------------------------------------------------------------

TEXT = st.text(string.ascii_letters + string.digits + ' ()/=",;:-', max_size=12).map(str.strip)
NAME = st.text(string.ascii_letters, min_size=1, max_size=8).filter(lambda name: name.lower() != "content-length")
RESPONSE = st.builds(
    PartResponse,
    st.sampled_from([200, 201, 204, 304, 400, 404, 412, 500]),
    st.lists(st.tuples(NAME, TEXT), max_size=3).map(tuple),
    st.text(string.ascii_letters + string.digits + "\r\n{}", max_size=30).map(str.encode),
    st.none() | st.text(string.ascii_letters + string.digits, min_size=1, max_size=5),
)
ITEM = RESPONSE | st.builds(
    ChangeSetResponse, st.just("changesetresponse_1"), st.lists(RESPONSE, min_size=1, max_size=4).map(tuple)
)


@given(st.lists(ITEM, max_size=5))
def test_what_is_written_is_read_again(items: list[PartResponse | ChangeSetResponse]) -> None:
    written = write_batch("batchresponse_1", items)
    assert written.startswith(b"--batchresponse_1")
    found: list[PartResponse | ChangeSetResponse] = []
    for headers, content in _split(written, b"batchresponse_1"):
        if headers["Content-Type"] == "application/http":
            found.append(_response(headers, content))
            continue
        assert headers["Content-Type"] == "multipart/mixed; boundary=changesetresponse_1"
        inner = _split(content, b"changesetresponse_1")
        found.append(ChangeSetResponse("changesetresponse_1", tuple(_response(*one) for one in inner)))
    assert found == items


def test_values_cannot_break_out_of_their_header() -> None:
    written = write_batch("r", [PartResponse(204, [("Location", "a\r\nX: ø\ud800")], b"", "1\r\nY: 2")])
    assert b"Location: a%0D%0AX: %C3%B8%ED%A0%80\r\n" in written
    assert b"Content-ID: 1%0D%0AY: 2\r\n" in written


@pytest.mark.parametrize("status", range(100, 600))
def test_reason_has_letters_and_blanks_alone(status: int) -> None:
    assert set(reason(status)) <= set(string.ascii_letters + " ")
    assert reason(status)


def _without_space(items: list[BatchItem]) -> list[object]:
    """The items with bodies as JSON sees them."""
    found: list[object] = []
    for item in items:
        requests = item.requests if isinstance(item, ChangeSet) else (item,)
        found.append([(one.method, one.target, one.headers, one.body.strip(), one.content_id) for one in requests])
    return found


def _split(body: bytes, boundary: bytes) -> list[tuple[email.message.Message, bytes]]:
    """The parts of a body that keeps the letter of RFC 2046."""
    assert body.startswith(b"--" + boundary)
    *parts, end = (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]
    assert end.startswith(b"--")
    found = []
    for one in parts:
        assert one.startswith(b"\r\n")
        head, _, content = one[2:].partition(b"\r\n\r\n")
        found.append((email.message_from_bytes(head), content))
    return found


def _response(headers: email.message.Message, content: bytes) -> PartResponse:
    head, _, body = content.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    version, status, phrase = status_line.split(" ", 2)
    assert version == "HTTP/1.1"
    assert phrase == reason(int(status))
    pairs = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
    return PartResponse(int(status), tuple((name, value) for name, value in pairs), body, headers["Content-ID"])
