"""FetchXML at random: wild texts, and likely ones that name what is there."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st

SETS = {"account": "accounts", "contact": "contacts", "lead": "leads", "task": "tasks", "opportunity": "opportunities"}
GUID = "915e89f5-29fc-e911-a812-000d3a59fa22"

_WORDS = """
account contact lead task accountleads accountid contactid name lastname revenue createdon primarycontactid leadid
primarycontactidname statecode statecodename ownerid owneridtype parentcustomerid regardingobjectid a b nothing 1 0 true
2 5001 x.y a.lastname inner outer any all exists matchfirstrowusingcrossapply and or eq null in between like under today
last-x-days on day week fiscal-period count sum min countcolumn CountChildren 2024-01-01 %a% <& é
""".split()  # noqa: SIM905 - words in a row read better
_TAGS = "attribute order filter condition link-entity value all-attributes no-attrs entity".split()  # noqa: SIM905 - words in a row read better
_MEMBERS = """
name from to alias link-type attribute operator value valueof entityname type aggregate groupby distinct dategrouping
rowaggregate descending
""".split()  # noqa: SIM905 - words in a row read better
_OF_FETCH = ["top", "count", "page", "aggregate", "distinct", "returntotalrecordcount", "paging-cookie"]


def element(tag: str, attributes: dict[str, str], children: list[str]) -> str:
    """One element as text."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{given}>{''.join(children)}</{tag}>"


_words = st.sampled_from([*_WORDS, "", GUID])
_members = st.dictionaries(st.sampled_from(_MEMBERS), _words, max_size=5)
_elements = st.recursive(
    st.builds(element, st.sampled_from(_TAGS), _members, st.just([])),
    lambda inner: st.builds(element, st.sampled_from(_TAGS), _members, st.lists(inner, max_size=4)),
    max_leaves=8,
)
WILD = st.builds(
    lambda attributes, table, children: element("fetch", attributes, [element("entity", {"name": table}, children)]),
    st.dictionaries(st.sampled_from(_OF_FETCH), _words, max_size=2),
    st.sampled_from(sorted(SETS)),
    st.lists(_elements, max_size=5),
)

# columns that the tables here have in common
_OPERATORS = {
    "createdon": ["eq", "ne", "lt", "ge", "null", "not-null", "today", "on", "this-year", "in"],
    "statecode": ["eq", "neq", "gt", "null", "in", "not-in"],
    "statecodename": ["eq", "like", "not-begin-with", "null", "in"],
    "ownerid": ["eq", "ne", "not-null", "eq-userid", "eq-userteams", "in", "ne-businessid"],
    "owneridname": ["eq", "like", "ends-with", "null", "gt"],
    "owneridtype": ["eq", "ne", "null"],
}
_VALUES = {"createdon": "2024-05-01", "statecode": "1", "ownerid": GUID, "owneridtype": "team"}
_NO_VALUE = ("null", "today", "this-year", "eq-user", "ne-business")
_LINKS = {
    "account": [("contact", "contactid", "primarycontactid"), ("task", "regardingobjectid", "accountid"),
                ("account", "accountid", "parentaccountid"), ("lead", "companyname", "name")],
    "contact": [("account", "accountid", "parentcustomerid"), ("lead", "leadid", "originatingleadid")],
    "lead": [("opportunity", "originatingleadid", "leadid"), ("systemuser", "systemuserid", "createdby")],
    "task": [("account", "accountid", "regardingobjectid"), ("systemuser", "systemuserid", "ownerid")],
    "opportunity": [("account", "accountid", "parentaccountid"), ("lead", "leadid", "originatingleadid")],
}  # fmt: skip
_JOINS = ["inner", "outer", "natural", "exists", "in", "matchfirstrowusingcrossapply"]
_TESTS = ["any", "not any", "all", "not all"]


@st.composite
def _conditions(draw: st.DrawFn, table: str, depth: int) -> str:
    if depth and draw(st.booleans()) and table in _LINKS:
        return draw(_links(table, _TESTS, depth - 1))
    name = draw(st.sampled_from(sorted(_OPERATORS)))
    operator = draw(st.sampled_from(_OPERATORS[name]))
    if operator.startswith(_NO_VALUE) or operator == "not-null":
        values: list[str] = []
    else:
        values = [_VALUES.get(name, "a%")] * (2 if operator in ("in", "not-in") else 1)
    inner = [element("value", {}, [value]) for value in values]
    return element("condition", {"attribute": name, "operator": operator}, inner)


@st.composite
def _filters(draw: st.DrawFn, table: str, depth: int) -> str:
    inner = draw(st.lists(_conditions(table, depth), min_size=1, max_size=3))
    return element("filter", {"type": draw(st.sampled_from(["and", "or"]))}, inner)


@st.composite
def _links(draw: st.DrawFn, table: str, kinds: list[str], depth: int) -> str:
    name, from_, to = draw(st.sampled_from(_LINKS[table]))
    kind = draw(st.sampled_from(kinds))
    inner = []
    if name in _LINKS:
        inner = draw(st.lists(_filters(name, depth), max_size=1))
        if depth:
            inner += draw(st.lists(_links(name, _JOINS, depth - 1), max_size=2))
    if kind in ("inner", "outer", "matchfirstrowusingcrossapply"):
        inner += draw(st.lists(st.sampled_from(['<attribute name="createdon"/>', "<all-attributes/>"]), max_size=1))
        inner += draw(st.lists(st.sampled_from(['<order attribute="createdon"/>']), max_size=1))
    return element("link-entity", {"name": name, "from": from_, "to": to, "link-type": kind}, inner)


@st.composite
def _likely(draw: st.DrawFn) -> str:
    table = draw(st.sampled_from(sorted(SETS)))
    given = draw(st.sampled_from([{}, {"top": "3"}, {"count": "2", "page": "2"}, {"returntotalrecordcount": "1"}]))
    inner = draw(st.lists(_filters(table, 2), max_size=2))
    inner += draw(st.lists(_links(table, _JOINS, 2), max_size=2))
    kind = draw(st.sampled_from(["rows", "rows", "distinct", "groups"]))
    if kind == "groups":
        inner = [part.replace('<attribute name="createdon"/>', "").replace("<all-attributes/>", "") for part in inner]
        inner = [part.replace('<order attribute="createdon"/>', "") for part in inner]
        part = draw(st.sampled_from(["day", "week", "month", "quarter", "year", "fiscal-period", "fiscal-year"]))
        inner += [
            f'<attribute name="createdon" groupby="true" dategrouping="{part}" alias="part"/>',
            '<attribute name="ownerid" groupby="true" alias="owner"/>',
            '<attribute name="statecode" aggregate="count" alias="n"/>',
            draw(st.sampled_from(["", '<order alias="n"/>', '<order alias="part" descending="1"/>'])),
        ]
        return element("fetch", {**given, "aggregate": "true"}, [element("entity", {"name": table}, inner)])
    columns = draw(st.lists(st.sampled_from(["createdon", "statecode", "ownerid", "statecodename"]), unique=True))
    inner += [f'<attribute name="{name}"/>' for name in columns]
    inner += [f'<order attribute="{name}"/>' for name in columns if draw(st.booleans())]
    if kind == "distinct":
        inner = [part.replace('<order attribute="createdon"/></link', "</link") for part in inner]
        given = {**given, "distinct": "true"}
    return element("fetch", given, [element("entity", {"name": table}, inner)])


LIKELY = _likely()
