# ruff: noqa: E501 - tables read best with one row a line
"""No request whatsoever makes the service fail: no 5xx but the 501 that is meant, no trace in a body."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service

from .conftest import MISSING, ORIGIN, Api

PIECES = (
    "accounts", "contacts", "leads", "activitypointers", "systemusers", "principals", "WhoAmI", "WhoAmI()", "foo",
    "$metadata", "$batch", "$count", "$ref", "$value", "$1", "$entity", "name", "_ownerid_value", "ownerid",
    "primarycontactid", "contact_customer_accounts", "Account_Tasks", "accountleads_association", "QualifyLead",
    "Microsoft.Dynamics.CRM.QualifyLead", "Microsoft.Dynamics.CRM.task", "mscrm.account", "EntityDefinitions",
    "EntityDefinitions(LogicalName='account')", "Attributes", "entityimage", "RetrieveTotalRecordCount",
    f"accounts({MISSING})", "accounts({id})", "accounts(accountid={id})", "accounts(name='x')", "accounts(1)",
    "accounts(@a)", "accounts(", "accounts()", "accounts('a''b')", "%", "%ff", "%27", "%2F", "é", "<script>", ".", "..",
    "(", ")", "'", "\x00", "a" * 300, "(({}))", "Microsoft.Dynamics.CRM.", "accounts({id})/ownerid",
)  # fmt: skip
OPTIONS = (
    "$select=name", "$select=*", "$select=", "$select=foo", "$select=name,,", "$expand=primarycontactid",
    "$expand=Account_Tasks($select=subject;$top=1)", "$expand=primarycontactid/$ref", "$expand=*", "$expand=ownerid",
    "$expand=createdby($expand=businessunitid($select=name))", "$filter=name eq 'a'", "$filter=name eq '", "$filter=(((((",
    "$filter=" + "(" * 500, "$filter=not " * 3, "$filter=contains(name,'%25')", "$filter=Account_Tasks/any(t:t/subject eq 'x')",
    "$filter=primarycontactid/fullname eq null", "$filter=revenue gt 1e400", "$filter=numberofemployees eq 99999999999999999999",
    "$filter=createdon gt 0001-01-01", "$filter=createdon gt 9999-12-31T23:59:59Z", "$filter=_ownerid_value eq 'x'",
    "$filter=name eq @a&@a='x'", "$filter=@a", "$filter=name eq '\ud800'", "$filter=name eq '%00'", "$orderby=name desc",
    "$orderby=_ownerid_value", "$orderby=name,name", "$top=1", "$top=99999999999999999", "$top=-1", "$top=0", "$count=true",
    "$skip=1", "$apply=groupby((name))", "$apply=aggregate($count as n)", "$apply=x", "$skiptoken=x",
    "$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E", "$skiptoken=%3Ccookie%20pagenumber=%22999999%22%20/%3E",
    "$deltatoken=1", "$id=accounts({id})", "$id=x", "fetchXml=%3Cfetch/%3E", "annotations=true", "=", "&&", "%ff", "$", "$$",
    "tag=%00", "@p1=1", "EntityNames=x", "LabelLanguages=1033",
)  # fmt: skip
HEADERS = {
    "prefer": st.sampled_from(
        [
            "return=representation",
            "odata.maxpagesize=1",
            'odata.include-annotations="*"',
            "odata.track-changes",
            "\x00",
            '"',
            "=",
        ]
    ),
    "accept": st.sampled_from(
        ["application/json", "*/*", "text/xml", "", ";;;", "application/json;IEEE754Compatible=true"]
    ),
    "content-type": st.sampled_from(["application/json", "text/plain", "multipart/mixed", "", "\x00", "a/b;c"]),
    "if-match": st.sampled_from(["*", 'W/"1"', "null", "x", "", 'W/"99999999999999999999999"', 'W/"²"']),
    "if-none-match": st.sampled_from(["*", 'W/"1"', "null", "x", ""]),
    "odata-version": st.sampled_from(["4.0", "3.0", "x", ""]),
    "callerobjectid": st.sampled_from([MISSING, "x", "\ud800"]),
    "mscrmcallerid": st.sampled_from([MISSING, "x"]),
    "mscrm.suppressduplicatedetection": st.sampled_from(["true", "false", "x"]),
    "x-http-method-override": st.sampled_from(["PATCH", "DELETE", "x", ""]),
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    ["name", "name", "value", "@odata.id", "@odata.type", "primarycontactid", "primarycontactid@odata.bind", "Account_Tasks", "statecode",
     "accountid", "revenue", "creditonhold", "ownerid@odata.bind", "createdon", "numberofemployees", "transactioncurrencyid@odata.bind",
     "CreateAccount", "Status", "accountcategorycode", "lastname"]
)  # fmt: skip
BODIES = st.dictionaries(MEMBERS, VALUES | st.sampled_from([f"accounts({MISSING})", "x(1)", "2024-01-01"]), max_size=4)
LIKELY = (
    "accounts", "accounts({id})", "accounts({id})/name", "accounts({id})/name/$value", "accounts({id})/primarycontactid",
    "accounts({id})/Account_Tasks", "accounts({id})/Account_Tasks/$ref", "accounts({id})/primarycontactid/$ref", "accounts/$count",
    "accounts({id})/contact_customer_accounts/$count", "leads", "leads({id})/Microsoft.Dynamics.CRM.QualifyLead", "WhoAmI",
    "accounts({id})/ownerid", "contacts", "systemusers", "EntityDefinitions(LogicalName='account')/Attributes", "",
    "accounts({id})/revenue", "accounts({id})/_ownerid_value", "tasks", "accounts({id})/owninguser/ownerid",
    "leads({id})/accountleads_association", "leads({id})/accountleads_association/$ref", f"accounts({MISSING})", "owners",
    "RetrieveTotalRecordCount(EntityNames=@p1)", "emails({id})/email_activity_parties", "activityparties", "transactioncurrencies",
)  # fmt: skip
PATHS = st.sampled_from(LIKELY) | st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=4).map("/".join)
QUERIES = st.lists(st.sampled_from(OPTIONS) | st.text(max_size=8), max_size=3).map("&".join)
METHODS = st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"]) | st.sampled_from(
    ["GET", "HEAD", "OPTIONS", "TRACE", "", "get", "\x00"]
)
FEW_HEADERS = st.just({}) | st.sampled_from(sorted(HEADERS)).flatmap(
    lambda name: st.fixed_dictionaries({name: HEADERS[name]})
)


class Failures(logging.Handler):
    """Collects what the service logs about its own faults."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self.format(record))


@pytest.fixture(scope="module")
def target() -> Iterator[tuple[Api, str, Failures]]:
    service = open_service(Settings(log_format="none"))
    api = Api(service)
    failures = Failures()
    logger = logging.getLogger("dataverse_emulator")
    logger.addHandler(failures)
    yield api, api.new("accounts", name="A"), failures
    logger.removeHandler(failures)
    service.close()


@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    method=METHODS,
    path=PATHS,
    query=QUERIES,
    headers=FEW_HEADERS | st.fixed_dictionaries({}, optional=HEADERS),
    body=BODIES | VALUES | st.binary(max_size=20),
)
def test_nothing_breaks_the_service(
    target: tuple[Api, str, Failures], method: str, path: str, query: str, headers: dict[str, str], body: object
) -> None:
    api, id, failures = target
    url = f"{ORIGIN}/api/data/v9.2/{path}?{query}".replace("{id}", id)
    answer = api.send(method, url, body, headers)
    assert not failures.records, failures.records[-1]
    assert answer.status < 500 or answer.status == 501
    assert b"Traceback" not in answer.body
    if answer.status >= 400 and answer.body:
        assert isinstance(answer.error[2], str)


@pytest.mark.parametrize(
    "path",
    [
        "accounts?$filter=" + "(" * 3000,
        "accounts?$filter=" + "not " * 2000 + "true",
        "accounts?$filter=" + " or ".join(["name eq 'a'"] * 1500),
        "accounts?$expand=" + "createdby($expand=" * 60 + "createdby" + ")" * 60,
        "accounts" + "/primarycontactid" * 200,
        "accounts(" + "'" * 999 + ")",
        "accounts?$apply=" + "filter(statecode eq 0)/" * 1200 + "groupby((name))",
    ],
    ids=["brackets", "nots", "ors", "expands", "segments", "quotes", "steps"],
)
def test_depth_and_length(target: tuple[Api, str, Failures], path: str) -> None:
    api, _, failures = target
    assert api.get(path).status < 500
    assert not failures.records


def test_deep_bodies(target: tuple[Api, str, Failures]) -> None:
    api, _, failures = target
    assert api.post("accounts", b'{"name":' * 5000).status == 400
    assert api.post("accounts", b"[" * 100_000).status == 400
    nested = (
        b'{"name":"a","primarycontactid":'
        + b'{"parentcustomerid_account":{"primarycontactid":' * 20
        + b"null"
        + b"}}" * 20
        + b"}"
    )
    assert api.post("accounts", nested).status == 400
    assert not failures.records
