"""The grammar cases of the shared facts: every ``core`` case is read or refused as it should be.

Cases that this library answers differently stand in ``DIFFERENT``, each with its reason; a case that begins to agree
must be taken out of that table. ``UNSUPPORTED`` lists what is not read of the ``extended`` cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from odata_protocol import syntax
from odata_protocol.errors import SyntaxProblem
from odata_protocol.expressions import parse_filter
from odata_protocol.literals import parse_literal, read_value
from odata_protocol.options import parse_options
from odata_protocol.path import parse_path
from odata_protocol.search import parse_search
from odata_protocol.syntax import And, Arithmetic, Call, Comparison, EnumLiteral, Literal, Not, Or
from odata_protocol.url import parse_url, split_query

CASES = Path(__file__).parents[2].parent / "shared" / "facts" / "odata-abnf-cases.json"


def load(scope: str) -> list[dict[str, Any]]:
    if not CASES.exists():
        return []
    return [case for case in json.loads(CASES.read_text("utf-8"))["cases"] if case["scope"] == scope]


pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the folder with the shared facts is not here")


# ---- start rule to entry point -------------------------------------------------------------------------------------


def options(text: str) -> object:
    return parse_options(split_query(text))


def relative(text: str) -> object:
    path, _, query = text.partition("#")[0].partition("?")
    return parse_url(path, query)


SERVICE_ROOT = re.compile(r"^.*/(service|MyService|OData\.svc)(?=/)")


def absolute(text: str) -> object:
    parts = urlsplit(text)
    if not parts.scheme:
        return relative(text)
    return parse_url(SERVICE_ROOT.sub("", parts.path), parts.query)


def expression(text: str) -> object:
    return parse_filter(unquote(text))


def literal(text: str) -> object:
    return parse_literal(unquote(text))


def value(type_: str) -> Callable[[str], object]:
    return lambda text: read_value(text, type_)


RULES: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(["boolCommonExpr", "commonExpr", "firstMemberExpr", "isofExpr", "propertyPathExpr"], expression),
    "anyExpr": lambda text: parse_filter("Items/" + text),
    **dict.fromkeys(["primitiveLiteral", "stringLiteral", "decimalLiteral", "int32Literal", "int64Literal"], literal),
    **dict.fromkeys(["boolean", "date", "guid", "null", "timeOfDayLiteral", "binaryLiteral"], literal),
    **dict.fromkeys(["durationLiteral"], literal),
    "enumLiteral": expression,
    "booleanValue": value("Edm.Boolean"),
    "dateTimeOffsetValue": value("Edm.DateTimeOffset"),
    "decimalValue": value("Edm.Decimal"),
    "doubleValue": value("Edm.Double"),
    "durationValue": value("Edm.Duration"),
    "int64Value": value("Edm.Int64"),
    "timeOfDayValue": value("Edm.TimeOfDay"),
    "enumValue": value("Sales.Pattern"),
    **dict.fromkeys(["queryOptions", "systemQueryOption", "customQueryOption"], options),
    **dict.fromkeys(["filter", "select", "expand", "orderby", "compute", "search", "skiptoken", "deltatoken"], options),
    "searchExpr": lambda text: parse_search(unquote(text)),
    "resourcePath": parse_path,
    "request-id": lambda text: parse_path("$" + text),
    "odataRelativeUri": relative,
    "odataUri": absolute,
}


def is_read(case: dict[str, Any]) -> bool:
    """Whether the input is accepted; a refusal must name a place in a text."""
    refused = None
    try:
        RULES[case["rule"]](case["input"])
    except SyntaxProblem as problem:
        refused = problem
    if refused is None:
        return True
    assert refused.message
    assert 0 <= refused.position <= len(refused.text)
    return False


# ---- core ----------------------------------------------------------------------------------------------------------

NO_MODEL = "needs a model: the text alone is well-formed"
DIFFERENT = {
    ("date", "-10000-04-01"): "years outside 1 to 9999 have no value in Python",
    ("boolean", "tRUe"): "true and false are lower case, as on the platform",
    ("filter", "$filter =true"): "blanks around an option's name are dropped, as another case wants it",
    ("queryOptions", "$format=JSON&$format=Atom&$format=XML&$format=text/html"): "an option comes once",
    ("skiptoken", "$skiptoken=Not&this"): "'this' is another parameter",
    ("odataRelativeUri", "ESMixPrimCollComp?$select=PropertyInt16+"): "a plus sign is a blank",
    ("odataRelativeUri", "Model.Rejection"): NO_MODEL,
    ("odataRelativeUri", "Categories(1)/Address/$value"): NO_MODEL,
}
WITHOUT_ENTRY_POINT = {"primitiveValue": "a value without its type; bodies and $value always know the type"}


@pytest.mark.parametrize("case", load("core"), ids=lambda case: f"{case['rule']}-{case['id']}")
def test_core_case_is_read_or_refused(case: dict[str, Any]) -> None:
    if case["rule"] in WITHOUT_ENTRY_POINT:
        pytest.skip(WITHOUT_ENTRY_POINT[case["rule"]])
    expected = case["valid"] is not ((case["rule"], case["input"]) in DIFFERENT)
    assert is_read(case) is expected


# ---- extended ------------------------------------------------------------------------------------------------------

UNSUPPORTED = {
    r"/\$(filter\(|each|query)": "OData 4.01: filters, $each and $query in paths",
    r"\$crossjoin": "cross joins",
    r" (EQ|Eq|OR|AND) ": "OData 4.01: operators in any case",
    r"case\(": "OData 4.01: case",
    r"\$OrderBy|\$index|\$schemaversion": "OData 4.01: option names in any case, $index, $schemaversion",
    r"\[FirstName|\"Country\":\$root": "OData 4.01: expressions inside JSON",
    r"search=('|OR|AND OR)": "operators as search words, quotes inside them",
    r"search=more&more": "a second parameter",
    r"\(@[fm].*=\$this": "aliases inside $expand",
    r"/aggregate\(": "aggregates inside expressions",
    r"rolluprecursive": "recursive hierarchies",
    r"^-?INF$": "INF as a decimal value; read as a double by parse_literal",
    r"aggregate\(Amount\)|from Time from|groupby\(\((Product/Self|Sales/Product|NavPropertyETTwo)": NO_MODEL,
    r"\$apply=(addnested|join|ancestors|compute\(PropertyInt16\)|concat\(identity\)|expand)": "arguments kept as text",
}


@pytest.mark.parametrize("case", load("extended"), ids=lambda case: f"{case['rule']}-{case['id']}")
def test_extended_case_agrees_or_is_listed(case: dict[str, Any]) -> None:
    if is_read(case) is not case["valid"]:
        reasons = [reason for pattern, reason in UNSUPPORTED.items() if re.search(pattern, case["input"])]
        assert reasons
        pytest.skip(reasons[0])


# ---- trees ---------------------------------------------------------------------------------------------------------


def short(name: str) -> str:
    return name.rpartition(".")[2]


def sketch(node: Any) -> str:
    """A tree in the notation of the cases: casts and arguments of bound functions left out, junctions in pairs."""
    match node:
        case Literal():
            return f"<{node.text}>"
        case EnumLiteral():
            return f"<{node.type}<{node.members}>>"
        case syntax.Path():
            return f"<{'/'.join(node.segments)}>"
        case Comparison() | Arithmetic():
            return f"<{sketch(node.left)} {node.operator.name.lower()} {sketch(node.right)}>"
        case And() | Or():
            word = type(node).__name__.lower()
            first, *others = map(sketch, node.operands)
            return reduce(lambda left, right: f"<{left} {word} {right}>", others, first)
        case Not():
            return f"<not {sketch(node.operand)}>"
        case Call(of=None, rest=None) if "." not in node.name:
            return f"<{node.name}({','.join(map(sketch, node.arguments))})>"
        case Call():
            before = sketch(node.of)[1:-1] + "/" if node.of else ""
            after = "/" + "/".join(node.rest.segments) if node.rest else ""
            return f"<{before}{short(node.name)}{after}>"
    raise AssertionError(node)


@pytest.mark.parametrize(
    "case", [case for case in load("core") + load("extended") if "tree" in case], ids=lambda case: case["id"]
)
def test_precedence_gives_the_tree_of_the_case(case: dict[str, Any]) -> None:
    options, _, _ = parse_options(split_query(case["input"]))
    tree = options.filter if options.filter is not None else options.orderby[0].expression  # type: ignore[index]  # one of the two is there
    assert sketch(tree) in (case["tree"], re.sub(r"<[\w.]*\.(?=EN)", "<", case["tree"]))
