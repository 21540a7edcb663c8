# ruff: noqa: E501 - tables read best with one row a line
"""Wrong queries and what the service answers (contract 04 §2 and §3; the ids are its rows)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.metadata.columns import ColumnType

from .conftest import MISSING, Api

ODATA = "0x80060888"
CRM = "Microsoft.Dynamics.CRM."
UNKNOWN = "Could not find a property named '{}' on type 'Microsoft.Dynamics.CRM.{}'."
NODE = "The query node {} is not supported"
TYPES = "A binary operator with incompatible types was detected. Found operand types '{}' and '{}' for operator kind 'Equal'."
ONLY = (
    "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested "
    "one-to-many relationship."
)
LOOKUPS = (
    "createdby modifiedby owningteam owninguser owningbusinessunit primarycontactid parentaccountid originatingleadid "
    "transactioncurrencyid createdonbehalfby modifiedonbehalfby defaultpricelevelid preferredsystemuserid ownerid masterid"
)
WITHOUT_ANSWER = {
    "E-59b": "a query may take ten seconds, and the emulated service lets every filter pass that a slow one refuses"
}

# id: path, code, text
QUERIES: dict[str, tuple[str, str, str]] = {
    "E-10 $select": ("accounts?$select=foo", ODATA, UNKNOWN.format("foo", "account")),
    "E-10 case": ("accounts?$select=Name", ODATA, UNKNOWN.format("Name", "account")),
    "E-10 $filter": ("accounts?$filter=foo eq 1", ODATA, UNKNOWN.format("foo", "account")),
    "E-10 $orderby": ("accounts?$orderby=foo", ODATA, UNKNOWN.format("foo", "account")),
    "E-10 $expand": ("accounts?$expand=foo", ODATA, UNKNOWN.format("foo", "account")),
    "E-10 inside $expand": ("accounts?$expand=primarycontactid($select=foo)", ODATA, UNKNOWN.format("foo", "contact")),
    "E-10 behind a path": ("accounts?$filter=primarycontactid/foo eq 1", ODATA, UNKNOWN.format("foo", "contact")),
    "E-10 in a lambda": ("accounts?$filter=Account_Tasks/any(t:t/foo eq 1)", ODATA, UNKNOWN.format("foo", "task")),
    "E-10 on a row": (f"accounts({MISSING})?$select=foo", ODATA, UNKNOWN.format("foo", "account")),
    "E-40": ("accounts?$filter=name eq", ODATA, "Expression expected at position 7 in 'name eq'."),
    "E-40 unbalanced": ("accounts?$filter=(name eq 'a'", ODATA, "')' or operator expected at position 12 in '(name eq 'a''."),
    "E-40 too much": ("accounts?$filter=name eq 'a' 'b'", ODATA, "Syntax error at position 12 in 'name eq 'a' 'b''."),
    "E-41": ("accounts?$filter=name eq 'a", ODATA, "There is an unterminated literal at position 10 in 'name eq 'a'."),
    "E-42 text for a number": ("accounts?$filter=revenue eq 'abc'", ODATA, TYPES.format("Edm.Decimal", "Edm.String")),
    "E-42 number for a text": ("accounts?$filter=name eq 5", ODATA, TYPES.format("Edm.String", "Edm.Int32")),
    "E-43": ("accounts?$filter=name eq abc", ODATA, UNKNOWN.format("abc", "account")),
    "E-44 guid": (f"accounts?$filter=primarycontactid eq {MISSING}", ODATA, TYPES.format("Microsoft.Dynamics.CRM.contact", "Edm.Guid")),
    "E-44 collection": ("accounts?$filter=Account_Tasks/subject eq 'a'", ODATA, NODE.format("CollectionNavigationNode")),
    **{
        f"E-45 {name}": (f"accounts?{name}={value}", ODATA, f"The query parameter {name} is not supported")
        for name, value in (("$skip", "1"), ("$search", "a"), ("$format", "json"), ("$compute", "revenue add 1 as a"), ("$foo", "1"))
    },
    **{
        f"E-46 $top={value}": (f"accounts?$top={value}", ODATA, f"Invalid value '{value}' for $top query option found. The $top query option requires a non-negative integer value.")
        for value in ("-1", "x")
    },
    "E-46 $count": ("accounts?$count=x", ODATA, "Invalid value 'x' for $count query option found. Valid values are 'true', 'false'."),
    "E-47": ("accounts?$skiptoken=x", "0x8004112A", "The paging cookie is malformed."),
    "E-48": ("accounts?$expand=Account_Tasks/$ref", ODATA, "Expand with $ref is only supported on lookup type navigation property."),
    "E-49 $orderby of one row": ("accounts?$expand=primarycontactid($orderby=fullname)", ODATA, ONLY),
    "E-49 $top of one row": ("accounts?$expand=primarycontactid($top=1)", ODATA, ONLY),
    "E-49 nested $orderby": ("accounts?$expand=primarycontactid($expand=contact_customer_contacts($orderby=lastname))", ODATA, ONLY),
    "E-49 nested $top": ("accounts?$expand=primarycontactid($expand=contact_customer_contacts($top=1))", ODATA, ONLY),
    "E-50": (f"accounts?$expand={LOOKUPS.replace(' ', ',')},Account_Tasks", "0x8004430D", "Number of link entities in query exceeded maximum limit."),
    "E-51 length": ("accounts?$filter=length(name) gt 3", ODATA, NODE.format("SingleValueFunctionCall")),
    "E-51 year": ("accounts?$filter=year(createdon) eq 2024", ODATA, NODE.format("SingleValueFunctionCall")),
    "E-51 arithmetic": ("accounts?$filter=revenue add 1 gt 3", ODATA, NODE.format("BinaryOperator")),
    "E-51 arithmetic in $apply": ("accounts?$apply=aggregate(revenue add 1 with sum as a)", ODATA, NODE.format("BinaryOperator")),
    "E-51 in": ("accounts?$filter=name in ('a')", ODATA, NODE.format("In")),
    "E-51 has": ("accounts?$filter=industrycode has '1'", ODATA, ""),
    "E-52 beside others": ("leads?$expand=accountleads_association,createdby", ODATA, "Expanding a many-to-many relationship together with other relationships is not supported."),
    "E-52 nested": ("accounts?$expand=primarycontactid($expand=contactleads_association)", ODATA, ""),
    "E-53": (f"accounts?$filter=not {CRM}Today(PropertyName='createdon')", ODATA, "Not operator along with the Custom Named Condition operators is not allowed"),
    "E-54": ("accounts?$apply=groupby((name),aggregate($count as n))&$orderby=n", ODATA, NODE.format("SingleValueOpenPropertyAccess")),
    "E-55": (f"accounts?$filter={CRM}In(PropertyName='name',PropertyValues=['a' 'b'])", ODATA, "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every two elements in an array and properties of an object must be separated by commas."),
    "E-56": (f"accounts?$filter={CRM}Today(PropertyName='foo')", "0x80041103", "'account' entity doesn't contain attribute with Name = 'foo' and NameMapping = 'Logical'."),
    "E-57": (f"leads?$filter={CRM}Under(PropertyName='leadid',PropertyValue='{MISSING}')", "0x80047020", "This query uses a hierarchical operator, but the lead entity doesn't have a hierarchical relationship."),
    "E-59": ("accounts?$deltatoken=919042!08/22/2017 08:10:44", "0x80044352", "Version stamp associated with the client has expired. Please perform a full sync."),
}  # fmt: skip


def account(inner: str, **attributes: str) -> str:
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<fetch{given}><entity name="account">{inner}</entity></fetch>'


def condition(attributes: str, inner: str = "") -> str:
    return account(f"<filter><condition {attributes}>{inner}</condition></filter>")


def groups(inner: str) -> str:
    return account(inner, aggregate="true")


LINK = '<link-entity name="contact" from="contactid" to="primarycontactid"{}/>'
COOKIE = "&lt;cookie page=&quot;1&quot;&gt;&lt;name last=&quot;a&quot; /&gt;&lt;/cookie&gt;"
BOOLEAN = "The only valid values for {} attribute are 'true', 'false', '1', and '0'."

# id: FetchXML, code, text
FETCHES: dict[str, tuple[str, str, str]] = {
    "E-60": (account('<attribute name="foo"/>'), "0x80041103", "'account' entity doesn't contain attribute with Name = 'foo' and NameMapping = 'Logical'."),
    "E-60 condition": (condition('attribute="Name" operator="null"'), "0x80041103", "'account' entity doesn't contain attribute with Name = 'Name' and NameMapping = 'Logical'."),
    "E-60 order": (account('<order attribute="foo"/>'), "0x80041103", ""),
    "E-61": ('<fetch><entity name="foo"/></fetch>', "0x80041102", "The entity with a name = 'foo' with namemapping = 'Logical' was not found in the MetadataCache."),
    "E-61 link": (account('<link-entity name="foo"/>'), "0x80041102", "The entity with a name = 'foo' with namemapping = 'Logical' was not found in the MetadataCache."),
    "E-62 not well-formed": ("<fetch>", "0x80040201", "Invalid XML."),
    "E-62 empty": ("", "0x80041124", ""),
    "E-62 no document": ("<!-- nothing -->", "0x80041125", ""),
    "E-63": (condition('attribute="name" operator="equals" value="a"'), "0x80041120", "Unsupported condition operator."),
    "E-64 no value": (condition('attribute="name" operator="eq"'), "0x80041106", "Incorrect filter condition or conditions."),
    "E-64 wrong count": (condition('attribute="revenue" operator="between"', "<value>1</value>"), "0x80041106", "Incorrect filter condition or conditions."),
    "E-64 two for one": (condition('attribute="name" operator="eq"', "<value>a</value><value>b</value>"), "0x80041106", "Incorrect filter condition or conditions."),
    "E-65 number": (condition('attribute="numberofemployees" operator="eq" value="abc"'), "0x80041139", "The attribute value provided is invalid."),
    "E-65 guid": (condition('attribute="accountid" operator="eq" value="abc"'), "0x80040203", ""),
    "E-66 page": (account("", top="1", page="1"), "0x80040203", ""),
    "E-66 count": (account("", top="1", count="1"), "0x80040203", ""),
    "E-66 too many": (account("", top="5001"), "0x80040203", ""),
    "E-67 distinct": (account("", distinct="yes"), "0x80041115", BOOLEAN.format("distinct")),
    "E-67 descending": (account('<order attribute="name" descending="desc"/>'), "0x80041119", BOOLEAN.format("descending")),
    "E-67 groupby": (groups('<attribute name="name" groupby="y" alias="a"/>'), "0x8004112E", BOOLEAN.format("groupby")),
    "E-67 useraworderby": (account("", useraworderby="2"), "0x800410FD", BOOLEAN.format("useraworderby")),
    "E-67 no-lock": (account("", no_lock="yes"), "0x80041118", BOOLEAN.format("no-lock")),
    "E-68 filter type": (account('<filter type="xor"/>'), "0x80041122", "Unsupported filter type. Valid values are 'and', or 'or'."),
    "E-68 link-type": (account(LINK.format(' link-type="full"')), "0x80041117", ""),
    "E-68 mapping": (account("", mapping="physical"), "0x80041116", ""),
    "E-69 unknown element": (account('<column name="name"/>'), "0x8004111C", "The element node encountered is invalid."),
    "E-69 no entity": ("<fetch/>", "0x80041123", ""),
    "E-69 no name": (account("<attribute/>"), "0x8004111E", ""),
    "E-70": ('<fetch><entity name="contact"/></fetch>', "0x80041128", "The entity name specified in fetchxml does not match the entity name specified in the Entity or Query Expression."),
    "E-72 missing": (groups('<attribute name="name" aggregate="count"/>'), "0x80041109", ""),
    "E-72 invalid": (account('<attribute name="name" alias="$a"/>'), "0x80041109", ""),
    "E-72 twice": (account('<attribute name="name" alias="a"/><attribute name="revenue" alias="a"/>'), "0x80041130", ""),
    "E-72 unknown": (condition('entityname="c" attribute="name" operator="null"'), "0x8004110A", ""),
    "E-73 only from": (account('<link-entity name="contact" from="contactid"/>'), "0x80041111", "AttributeFrom and AttributeTo must be either both specified or both omitted."),
    "E-73 only to": (account('<link-entity name="contact" to="primarycontactid"/>'), "0x80041111", "AttributeFrom and AttributeTo must be either both specified or both omitted."),
    "E-73 types": (account('<link-entity name="contact" from="contactid" to="revenue"/>'), "0x80041111", ""),
    "E-74 plain column": (groups('<attribute name="name" alias="a"/>'), "0x80041107", ""),
    "E-74 group and aggregate": (groups('<attribute name="name" groupby="1" aggregate="count" alias="a"/>'), "0x80041137", ""),
    "E-74 type": (groups('<attribute name="name" aggregate="sum" alias="a"/>'), "0x8004112F", ""),
    "E-74 date grouping": (groups('<attribute name="createdon" groupby="1" dategrouping="hour" alias="a"/>'), "0x80041135", ""),
    "E-74 groups by attribute": (groups('<attribute name="name" groupby="1" alias="a"/><order attribute="name"/>'), "0x80041131", ""),
    "E-74 rows by alias": (account('<order alias="a"/>'), "0x80041132", ""),
    "E-74 rows by nothing": (account("<order/>"), "0x80041133", ""),
    "E-74 groups by nothing": (groups('<attribute name="name" groupby="1" alias="a"/><order/>'), "0x80041134", ""),
    "E-76 conditions": (account("<filter>" + '<condition attribute="name" operator="null"/>' * 501 + "</filter>"), "0x8004430C", "Number of conditions in query exceeded maximum limit."),
    "E-76 links": (account(LINK.format("") * 16), "0x8004430D", "Number of link entities in query exceeded maximum limit."),
    "E-76 values": (condition('attribute="numberofemployees" operator="in"', "<value>1</value>" * 2001), "0x8004430E", ""),
    "E-77": (condition('attribute="description" operator="in"', "<value>a</value>"), "0x80044153", "between, not-between, in, and not-in operators are not allowed on attributes of type text or ntext."),
    "E-77 between": (condition('attribute="description" operator="between"', "<value>a</value><value>b</value>"), "0x80044153", ""),
    "E-79": (condition('attribute="createdon" operator="last-x-days" value="0"'), "0x8004110C", "A value greater than zero must be specified."),
    "E-79b order": (account('<order attribute="revenue"/>', page="2", paging_cookie=COOKIE), "0x80041129", ""),
    "E-79b page": (account("", page="0"), "0x8004112A", ""),
    "E-79c": (account("", page="11", count="5000"), "0x8004430A", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def sales() -> Iterator[Api]:
    """The sample organization, which the tests here only read."""
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    yield Api(service)
    service.close()


def fetch(api: Api, text: str) -> tuple[int, str, str]:
    """The error that a FetchXML text is answered with; posted in a batch where it is too long for a URL."""
    path = f"accounts?fetchXml={quote(text)}"
    if len(path) < 30_000:
        return api.get(path).error
    body = (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {path} HTTP/1.1\r\n\r\n\r\n--b--\r\n"
    )
    answer = api.send("POST", "$batch", body.encode(), {"Content-Type": "multipart/mixed; boundary=b"})
    status, code, message = re.findall(r'HTTP/1.1 (\d+).*"code":"(.*?)","message":"(.*?)"', answer.text, re.DOTALL)[0]
    return int(status), code, message


@pytest.mark.parametrize(("path", "code", "text"), QUERIES.values(), ids=QUERIES.keys())
def test_a_wrong_query_option_answers(sales: Api, path: str, code: str, text: str) -> None:
    found = sales.get(path).error
    assert found[:2] == (400, code)
    assert found[2] == text or not text


@pytest.mark.parametrize(("text", "code", "message"), FETCHES.values(), ids=FETCHES.keys())
def test_a_wrong_fetch_answers(sales: Api, text: str, code: str, message: str) -> None:
    found = fetch(sales, text)
    assert found[:2] == (400, code)
    assert found[2].startswith(message)


@pytest.mark.parametrize(
    "option", ["$filter=name eq 'a'", "$orderby=name", "$expand=primarycontactid", "$top=1"], ids="E-58 {}".format
)
def test_a_query_option_beside_change_tracking_answers(sales: Api, option: str) -> None:
    text = f'The "{option.partition("=")[0]}" query parameter isn\'t supported when Change Tracking is enabled.'
    assert sales.get(f"accounts?{option}", Prefer="odata.track-changes").error == (400, ODATA, text)


@pytest.mark.parametrize("size", ["0", "-1", "x"], ids="E-59a {}".format)
def test_a_wrong_page_size_is_ignored(sales: Api, size: str) -> None:
    answer = sales.get("leads?$select=leadid", Prefer=f"odata.maxpagesize={size}")
    assert (answer.status, len(answer.value)) == (200, 200)


@pytest.mark.parametrize("limit", [pytest.param(63, id="E-75")])
def test_groups_of_too_many_rows_answer(sales: Api, limit: int) -> None:
    # the organization is small, so the text lowers the limit of 50,000
    text = f'<fetch aggregate="true" aggregatelimit="{limit}"><entity name="account"><attribute name="name" aggregate="count" alias="n"/></entity></fetch>'
    assert fetch(sales, text) == (
        400,
        "0x8004E023",
        "The maximum record limit is exceeded. Reduce the number of records.",
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(account('<order attribute="sic"/>'), id="E-78 sorted"),
        pytest.param(groups('<attribute name="sic" groupby="1" alias="a"/>'), id="E-78 grouped"),
    ],
)
def test_a_multi_select_column_neither_sorts_nor_groups(api: Api, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    # the shipped tables have no such column, so one is lent a type
    monkeypatch.setattr(api.service.catalog.table("account").column("sic"), "type", ColumnType.MULTI_SELECT)
    message = "GroupBy or OrderBy Query is not supported for MultiSelectPickList Attribute Type."
    assert fetch(api, text) == (400, "0x80050224", message)


@pytest.mark.parametrize(
    ("option", "table"), [("savedQuery", "savedquery"), ("userQuery", "userquery")], ids="E-79a {}".format
)
def test_a_view_that_is_missing_answers(sales: Api, option: str, table: str) -> None:
    expected = (404, "0x80040217", f"{table} With Id = {MISSING} Does Not Exist")
    assert sales.get(f"accounts?{option}={MISSING}").error == expected


def test_every_row_of_the_contract_is_here() -> None:
    rows = {"E-10", *(f"E-{number}" for number in range(40, 80)), "E-59a", "E-59b", "E-79a", "E-79b", "E-79c"}
    rows.remove("E-71")  # a row of the bulk messages
    tested = {name.partition(" ")[0] for name in (*QUERIES, *FETCHES)} | {"E-58", "E-59a", "E-75", "E-78", "E-79a"}
    assert tested | set(WITHOUT_ANSWER) == rows
    assert not tested & set(WITHOUT_ANSWER)
