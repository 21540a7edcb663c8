"""FetchXML text to plain nodes (contract 03 §11); names are not looked up here.

The text comes from clients: no document type, no entities, no network, bounded in size and depth. Attributes that the
schema does not name are ignored, elements are not (E-69).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dataverse_emulator.errors import EmulatorError, error, not_emulated
from dataverse_emulator.query.fetch_nodes import (
    Fetch,
    FetchAttribute,
    FetchCondition,
    FetchEntity,
    FetchFilter,
    FetchItem,
    FetchLink,
    FetchOrder,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_TEXT = 1_000_000
MAX_DEPTH = 64
MAX_TOP = 5000

JOINING_LINKS = frozenset({"inner", "natural", "outer", "exists", "in", "matchfirstrowusingcrossapply"})
FILTERING_LINKS = frozenset({"any", "not any", "all", "not all"})
AGGREGATES = frozenset({"avg", "count", "countcolumn", "max", "min", "sum"})
DATE_GROUPINGS = frozenset({"day", "week", "month", "quarter", "year", "fiscal-period", "fiscal-year"})

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_ALIAS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_NO_ELEMENT = re.compile(r"(?:\s|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_HINTS = frozenset(
    """
    optimizeforunknown forceorder recompile disablerowgoal enableoptimizerhotfixes loopjoin mergejoin hashjoin
    no_performance_spool enable_hist_amendment_for_asc_keys
    """.split()  # noqa: SIM905 - words in a row read better
)


def read_fetch(text: str) -> Fetch:
    """Read FetchXML.

    >>> read_fetch("<fetch top='1'><entity name='account'><attribute name='name'/></entity></fetch>").entity.name
    'account'

    Raises:
        EmulatorError: contract 04 E-62 to E-69, E-72.
    """
    return _Reader().fetch(_root(text))


def _root(text: str) -> _Element:
    """The document element."""
    from lxml import etree  # costs more than all of the query package; few processes read FetchXML

    if not text.strip():
        raise error("EmptyXml")
    if len(text) > MAX_TEXT or "<!DOCTYPE" in text:
        raise error("InvalidXml")
    declared = _DECLARATION.match(text)
    body = text[declared.end() :] if declared else text
    if _NO_ELEMENT.fullmatch(body):
        raise error("NoDocumentElement")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=False,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(body.strip().encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError, ValueError):
        raise error("InvalidXml") from None
    return root


class _Reader:
    """Reads the elements of one document."""

    def __init__(self) -> None:
        self.links = 0

    def fetch(self, element: _Element) -> Fetch:
        if element.tag != "fetch":
            raise error("UnknownElement")
        given = _Given(element)
        given.check_hints()
        entity: FetchEntity | None = None
        for child in _children(element):
            if child.tag == "order":  # of reports; unused
                continue
            if child.tag != "entity" or entity is not None:
                raise error("UnknownElement")
            entity = self.entity(child, 1)
        if entity is None:
            raise error("ElementMissing")
        top, count, page = given.number("top"), given.number("count"), given.number("page")
        total = given.boolean("returntotalrecordcount")
        if top is not None:
            _check_top(top, given)
        if count is not None and count < 0:
            raise _invalid("count", "a positive number")
        if page is not None and page < 1:
            raise error("BadPageNumber")
        limit = given.number("aggregatelimit")
        if limit is not None and limit < 1:
            raise _invalid("aggregatelimit", "a positive number")
        return Fetch(
            entity,
            top,
            count or None,
            page,
            given.text("paging-cookie"),
            total,
            given.boolean("aggregate", "InvalidAggregate"),
            limit,
            given.boolean("distinct", "InvalidDistinct"),
            given.boolean("useraworderby", "InvalidRawOrderBy"),
        )

    def entity(self, element: _Element, depth: int) -> FetchEntity:
        """The content that ``entity`` and ``link-entity`` share."""
        if depth > MAX_DEPTH:
            raise error("InvalidXml")
        name = element.get("name", "").strip()
        if not name:
            raise error("AttributeMissing")
        attributes: list[FetchAttribute] = []
        orders: list[FetchOrder] = []
        filters: list[FetchFilter] = []
        links: list[FetchLink] = []
        all_attributes = no_attributes = False
        for child in _children(element):
            if child.tag == "attribute":
                attributes.append(_attribute(child))
            elif child.tag == "all-attributes":
                all_attributes = True
            elif child.tag == "no-attrs":
                no_attributes = True
            elif child.tag == "order":
                orders.append(_order(child))
            elif child.tag == "filter":
                filters.append(self.filter(child, depth + 1))
            elif child.tag == "link-entity":
                links.append(self.link(child, JOINING_LINKS, depth + 1))
            else:
                raise error("UnknownElement")
        return FetchEntity(
            name, tuple(attributes), all_attributes, no_attributes, tuple(orders), tuple(filters), tuple(links)
        )

    def link(self, element: _Element, kinds: frozenset[str], depth: int) -> FetchLink:
        given = _Given(element)
        self.links += 1
        number = self.links
        default = "inner" if kinds is JOINING_LINKS else ""
        link_type = given.text("link-type") or default
        if link_type not in kinds:
            raise error("InvalidLinkType")
        given.boolean("visible")
        given.boolean("intersect")
        alias = given.text("alias") or None
        _check_alias(alias)
        from_, to = given.text("from") or None, given.text("to") or None
        if (from_ is None) is not (to is None):
            raise error("AttributePairMismatch")
        entity = self.entity(element, depth)
        if kinds is FILTERING_LINKS and (entity.attributes or entity.all_attributes):
            raise error("UnknownElement")
        return FetchLink(entity, from_, to, alias, link_type, number)

    def filter(self, element: _Element, depth: int) -> FetchFilter:
        if depth > MAX_DEPTH:
            raise error("InvalidXml")
        given = _Given(element)
        kind = (given.text("type") or "and").lower()
        if kind not in ("and", "or"):
            raise error("InvalidFilterType")
        given.boolean("isquickfindfields", "InvalidQuickFind")
        items: list[FetchItem] = []
        for child in _children(element):
            if child.tag == "condition":
                items.append(_condition(child))
            elif child.tag == "filter":
                items.append(self.filter(child, depth + 1))
            elif child.tag == "link-entity":
                items.append(self.link(child, FILTERING_LINKS, depth + 1))
            else:
                raise error("UnknownElement")
        return FetchFilter(tuple(items), kind == "or")


def _attribute(element: _Element) -> FetchAttribute:
    _no_children(element)
    given = _Given(element)
    name = (given.text("name") or "").strip()
    if not name:
        raise error("AttributeMissing")
    alias = given.text("alias")
    _check_alias(alias)
    aggregate = given.text("aggregate") or None
    if aggregate is not None and aggregate not in AGGREGATES:
        raise error("InvalidAggregate")
    dategrouping = given.text("dategrouping") or None
    if dategrouping is not None and dategrouping not in DATE_GROUPINGS:
        raise error("InvalidDateGrouping")
    rows = given.text("rowaggregate") or None
    if rows is not None and rows.lower() != "countchildren":
        raise error("InvalidAggregate")
    return FetchAttribute(
        name,
        alias,
        aggregate,
        given.boolean("distinct", "InvalidDistinct"),
        given.boolean("groupby", "InvalidGroupBy"),
        dategrouping,
        given.boolean("usertimezone", default=True),
        rows is not None,
    )


def _order(element: _Element) -> FetchOrder:
    _no_children(element)
    given = _Given(element)
    return FetchOrder(
        given.text("attribute") or None,
        given.text("alias") or None,
        given.text("entityname") or None,
        given.boolean("descending", "InvalidDescending"),
    )


def _condition(element: _Element) -> FetchCondition:
    given = _Given(element)
    attribute = (given.text("attribute") or "").strip()
    if not attribute:
        raise error("AttributeMissing")
    operator = given.text("operator")
    if not operator:
        raise error("AttributeMissing")
    if given.text("aggregate"):
        raise not_emulated("conditions on groups (the attribute 'aggregate' of a condition)")
    value = given.text("value")
    values = [] if value is None else [value]
    for child in _children(element):
        if child.tag != "value":
            raise error("UnknownElement")
        _no_children(child)
        values.append(child.text or "")
    return FetchCondition(
        attribute, operator, tuple(values), given.text("valueof") or None, given.text("entityname") or None
    )


class _Given:
    """The attributes of an element as typed values."""

    def __init__(self, element: _Element) -> None:
        self.values: Mapping[str, str] = {str(name): str(value) for name, value in element.attrib.items()}

    def text(self, name: str) -> str | None:
        return self.values.get(name)

    def boolean(self, name: str, problem: str | None = None, *, default: bool = False) -> bool:
        text = self.values.get(name)
        if text is None:
            return default
        value = _BOOLEANS.get(text.strip())
        if value is None:
            raise error(problem) if problem else _invalid(name, "'true', 'false', '1' or '0'")
        return value

    def number(self, name: str) -> int | None:
        text = self.values.get(name)
        if text is None or not text.strip():
            return None
        if not _NUMBER.fullmatch(text.strip()):
            raise error("BadPageNumber") if name == "page" else _invalid(name, "a whole number")
        return int(text)

    def check_hints(self) -> None:
        """Attributes of ``fetch`` that change nothing must be well written all the same."""
        self.boolean("no-lock", "InvalidNoLock")
        self.boolean("min-active-row-version", "InvalidRowVersionFlag")
        self.boolean("latematerialize")
        self.boolean("late-materialize")
        if (self.text("mapping") or "logical") not in ("logical", "internal"):
            raise error("InvalidMapping")
        hints = [hint.strip().lower() for hint in (self.text("options") or "").split(",")]
        if any(hint and hint not in _HINTS for hint in hints):
            raise _invalid("options", "a list of query hints")
        source = self.text("datasource")
        if source == "retained":
            raise not_emulated("long-term retained rows (datasource='retained')")
        if source:
            raise _invalid("datasource", "'retained'")


def _check_top(top: int, given: _Given) -> None:
    """E-66."""
    if not 1 <= top <= MAX_TOP:
        raise _invalid("top", f"a number from 1 to {MAX_TOP}")
    for name in ("page", "count", "returntotalrecordcount"):
        if given.boolean(name) if name == "returntotalrecordcount" else given.text(name):
            raise error("InvalidArgument", message=f"The top attribute can't be combined with the attribute {name}.")


def _check_alias(alias: str | None) -> None:
    if alias is not None and not _ALIAS.fullmatch(alias):
        raise error("InvalidAlias")


def _invalid(name: str, wanted: str) -> EmulatorError:
    return error("InvalidArgument", message=f"The value of the attribute {name} must be {wanted}.")


def _children(element: _Element) -> list[_Element]:
    """The child elements; text between them is no FetchXML."""
    children = list(element)
    if (element.text or "").strip() or any((child.tail or "").strip() for child in children):
        raise error("UnknownElement")
    if any(not isinstance(child.tag, str) for child in children):  # an entity
        raise error("InvalidXml")
    return children


def _no_children(element: _Element) -> None:
    if len(element):
        raise error("UnknownElement")
