"""Solutions as archives: ImportSolution, ExportSolution (contract 07 §11, §12 call 28; 04 E-124)."""

from __future__ import annotations

import base64
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service

from .conftest import MISSING, ORIGIN, Api
from .defining import CRM, column, label, many_to_many, one_to_many, options, table
from .solution_files import (
    HARBOUR,
    ROOTS,
    VIEW,
    archive,
    attribute,
    content,
    customizations,
    entity,
    exported,
    import_body,
    manifest,
)

LISTS = ("Attributes", "Keys", "OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships")
SCHEMA = f"{ORIGIN}/_emulator/schema?table=fab_ship"
OF_ENVIRONMENT = ("@odata.context", "ObjectTypeCode", "CreatedOn", "ModifiedOn")


@contextmanager
def another(**settings: Any) -> Iterator[Api]:
    """The Web API of a further environment."""
    service = open_service(Settings(log_format="none", **settings))
    yield Api(service)
    service.close()


@pytest.fixture
def harbour(api: Api) -> Api:
    """The Web API with the harbour's solution."""
    answer = api.post("ImportSolution", import_body(archive()))
    assert answer.status == 204, answer.text
    return api


def definitions(api: Api, *names: str) -> dict[str, Any]:
    """All that the Web API tells of tables, without what differs between environments."""
    found: dict[str, Any] = {}
    for name in names:
        told = api.get(f"EntityDefinitions(LogicalName='{name}')?$expand={','.join(LISTS)}").json()
        for each in LISTS:
            for item in told.pop(each):
                found[f"{name} {each} {item['SchemaName']}"] = item
        found[name] = told
        for kind in ("Picklist", "MultiSelectPicklist", "Boolean", "State", "Status"):
            path = f"EntityDefinitions(LogicalName='{name}')/Attributes/{CRM}.{kind}AttributeMetadata"
            for item in api.get(f"{path}?$select=LogicalName&$expand=OptionSet").value:
                found[f"{name} options {item['LogicalName']}"] = item["OptionSet"]
    return {
        name: {member: value for member, value in told.items() if member not in OF_ENVIRONMENT}
        for name, told in found.items()
    }


# ---- in


@pytest.mark.parametrize("_", [0], ids=["07 §12 #28 ImportSolution: 204, and rows can be made at once"])
def test_an_archive_becomes_tables_that_work(harbour: Api, _: int) -> None:
    home = harbour.new("accounts", name="Port")
    ship = harbour.new("fab_ships", fab_name="Argo", **{"fab_HomePort@odata.bind": f"/accounts({home})"})
    row = harbour.get(f"fab_ships({ship})", Prefer='odata.include-annotations="*"').json()
    formatted = {name.partition("@")[0]: text for name, text in row.items() if name.endswith("FormattedValue")}
    wanted = {"fab_rig": "Ketch", "fab_afloat": "Afloat", "statecode": "In service", "statuscode": "At sea"}
    assert {name: formatted[name] for name in wanted} == wanted
    assert row["fab_no"] == "S-1000"
    assert harbour.delete(f"accounts({home})").error[:2] == (405, "0x80040227")


@pytest.mark.parametrize("_", [0], ids=["07 §12 #28 ImportSolution, #29: the rows behind a solution"])
def test_an_archive_makes_publisher_solution_and_components(harbour: Api, _: int) -> None:
    publisher = harbour.get("publishers?$filter=uniquename eq 'fabrikam'").value[0]
    assert (publisher["customizationprefix"], publisher["customizationoptionvalueprefix"]) == ("fab", 41000)
    solution = harbour.get("solutions?$filter=uniquename eq 'Harbour'").value[0]
    assert (solution["friendlyname"], solution["version"], solution["ismanaged"]) == ("The harbour", "1.2", False)
    assert solution["_publisherid_value"] == publisher["publisherid"]
    path = f"solutioncomponents?$filter=_solutionid_value eq {solution['solutionid']}&$orderby=componenttype&$top=2"
    assert harbour.names(path, "componenttype") == [1, 9]
    assert VIEW in harbour.names("solutioncomponents", "objectid")


def test_an_import_job_tells_of_what_was_left_out(api: Api) -> None:
    beside = customizations(entity(parts="<FormXml><forms/></FormXml>"), beside="<Roles><Role/></Roles>")
    body = import_body(archive(customizations=beside, **{"Workflows/x.xaml": "<x/>"}))
    assert api.post("ImportSolution", body).error[:2] == (400, "0x8004801D")
    sets = '<optionset Name="fab_colors"><options><option value="7"/></options></optionset>'
    whole = beside.replace("<optionsets>", f"<optionsets>{sets}")
    body = import_body(archive(customizations=whole, **{"Workflows/x.xaml": "<x/>"}))
    assert api.post("ImportSolution", body).status == 204
    job = api.get(f"importjobs({body['ImportJobId']})").json()
    assert (job["solutionname"], job["progress"]) == ("Harbour", 100.0)
    for line in ("Roles: not taken", "FormXml not taken", "file Workflows/x.xaml: not taken"):
        assert line in job["data"]


def test_views_come_with_their_texts(harbour: Api) -> None:
    view = harbour.get(f"savedqueries({VIEW})").json()
    assert (view["name"], view["returnedtypecode"]) == ("All ships", "fab_ship")
    harbour.new("fab_ships", fab_name="Argo")
    assert harbour.names(f"fab_ships?savedQuery={VIEW}", "fab_name") == ["Argo"]
    moniker = f"@p1={{'@odata.id':'savedqueries({VIEW})'}}&@p2='name'&@p3=true"
    label = harbour.get(
        f"RetrieveLocLabels(EntityMoniker=@p1,AttributeName=@p2,IncludeUnpublished=@p3)?{moniker}"
    ).json()
    assert [each["Label"] for each in label["Label"]["LocalizedLabels"]] == ["All ships", "Tous les navires"]


def test_an_archive_changes_what_is_there_and_keeps_rows(harbour: Api) -> None:
    ship = harbour.new("fab_ships", fab_name="Argo", fab_crew=80)
    changed = HARBOUR.replace('"Ship"', '"Vessel"').replace("<MaxValue>90<", "<MaxValue>80<").replace("Ketch", "Yawl")
    changed = changed.replace("Restrict", "Cascade").replace(
        "</attributes>", attribute("int", "fab_Masts") + "</attributes>"
    )
    body = import_body(archive(customizations=changed, solution=manifest(*ROOTS, version="1.3")), job=2)
    assert harbour.post("ImportSolution", body).status == 204
    told = definitions(harbour, "fab_ship")
    assert told["fab_ship"]["DisplayName"]["UserLocalizedLabel"]["Label"] == "Vessel"
    assert told["fab_ship Attributes fab_Crew"]["MaxValue"] == 80
    assert told["fab_ship options fab_rig"]["Options"][1]["Label"]["UserLocalizedLabel"]["Label"] == "Yawl"
    cascade = told["fab_ship ManyToOneRelationships fab_account_ship"]["CascadeConfiguration"]
    assert cascade["Delete"] == "Cascade"
    assert harbour.patch(f"fab_ships({ship})", {"fab_masts": 3}).status == 204
    assert harbour.get(f"fab_ships({ship})?$select=fab_crew,fab_masts").json()["fab_crew"] == 80
    assert harbour.names("solutions?$filter=uniquename eq 'Harbour'", "version") == ["1.3"]


def test_a_column_comes_without_the_other_members_of_its_table(api: Api) -> None:
    publisher = api.new("publishers", uniquename="p", friendlyname="P", customizationprefix="new")
    api.new("solutions", uniquename="One", **{"publisherid@odata.bind": f"/publishers({publisher})"})
    path = "EntityDefinitions(LogicalName='account')"
    new = column("String", "new_Extra", MaxLength=7)
    assert api.post(f"{path}/Attributes", new, **{"MSCRM.SolutionUniqueName": "One"}).status == 204
    with another() as other:
        renamed = {**other.get(path).json(), "DisplayName": label("Customer")}
        assert other.put(path, renamed).status == 204
        before = definitions(other, "account")
        assert other.post("ImportSolution", import_body(exported(api, "One"))).status == 204
        after = definitions(other, "account")
        assert after.pop("account Attributes new_Extra")["MaxLength"] == 7
        assert after == before


def test_the_same_archive_once_more_changes_no_definition(harbour: Api) -> None:
    def stamps() -> dict[str, Any]:
        told = harbour.get("EntityDefinitions(LogicalName='fab_ship')?$select=ModifiedOn&$expand=Attributes").json()
        return {"table": told["ModifiedOn"], **{each["LogicalName"]: each["ModifiedOn"] for each in told["Attributes"]}}

    before, version = stamps(), harbour.service.catalog.version
    assert harbour.post("ImportSolution", import_body(archive(), job=2)).status == 204
    assert stamps() == before
    assert harbour.service.catalog.version == version


def test_a_key_whose_values_are_there_twice_fails(harbour: Api) -> None:
    for name in ("A", "B"):
        harbour.new("fab_ships", fab_name=name, fab_crew=5)
    key = (
        '<EntityKey Name="fab_CrewKey"><LogicalName>fab_crewkey</LogicalName><EntityKeyAttributes>'
        "<EntityKeyAttribute>fab_crew</EntityKeyAttribute></EntityKeyAttributes></EntityKey></EntityKeys>"
    )
    body = import_body(archive(customizations=HARBOUR.replace("</EntityKeys>", key)), job=2)
    assert harbour.post("ImportSolution", body).status == 204
    found = harbour.get("EntityDefinitions(LogicalName='fab_ship')/Keys?$select=LogicalName,EntityKeyIndexStatus").value
    assert {each["LogicalName"]: each["EntityKeyIndexStatus"] for each in found} == {
        "fab_shipkey": "Active",
        "fab_crewkey": "Failed",
    }


# ---- out, and in again


@pytest.mark.parametrize("_", [0], ids=["07 §12 #28 ExportSolution: 200 with base64, and the files of a solution"])
def test_export_solution_answers_an_archive(harbour: Api, _: int) -> None:
    answer = harbour.post("ExportSolution", {"SolutionName": "Harbour", "Managed": False})
    assert answer.status == 200
    assert answer.json()["@odata.context"].endswith("#Microsoft.Dynamics.CRM.ExportSolutionResponse")
    files = content(base64.b64decode(answer.json()["ExportSolutionFile"]))
    assert sorted(files) == ["[Content_Types].xml", "customizations.xml", "solution.xml"]
    for text in ("<UniqueName>Harbour</UniqueName>", "<Version>1.2</Version>", "<Managed>0</Managed>"):
        assert text in files["solution.xml"].decode()


def test_what_is_exported_imports_to_the_same_definitions(harbour: Api) -> None:
    data = exported(harbour)
    tables = ("fab_ship", "fab_ship_contact", "account", "contact")
    wanted = definitions(harbour, *tables)
    sets = harbour.get("GlobalOptionSetDefinitions(Name='fab_colors')").json()
    with another() as other:
        answer = other.post("ImportSolution", import_body(data))
        assert answer.status == 204, answer.text
        assert definitions(other, *tables) == wanted
        assert other.get("GlobalOptionSetDefinitions(Name='fab_colors')").json() == sets
        assert exported(other) == data


def test_what_is_exported_as_definitions_imports_to_the_same(harbour: Api) -> None:
    """Sizes of files and images and option sets that users made come back too."""
    first = harbour.get(SCHEMA).body
    harbour.service.reset()
    assert harbour.send("POST", SCHEMA.partition("?")[0], first).status == 200
    pairs = zip(json.loads(first)["value"], harbour.get(SCHEMA).value, strict=True)
    for one, other in pairs:
        assert without_stamps(one) == without_stamps(other)


@pytest.mark.parametrize("number", [-(2**63), 2**63 - 1])
def test_rows_hold_all_numbers_of_64_bits(harbour: Api, number: int) -> None:
    batch = {"table": "fab_ship", "rows": [{"fab_name": "Ann", "fab_miles": number}]}
    assert harbour.post(f"{ORIGIN}/_emulator/data", batch).json()["wrong"] == []
    assert harbour.get("fab_ships?$select=fab_miles").value[0]["fab_miles"] == number


def without_stamps(definition: Any) -> Any:
    """A definition without what each environment has of its own."""
    if isinstance(definition, list):
        return [without_stamps(each) for each in definition]
    if not isinstance(definition, dict):
        return definition
    own = ("CreatedOn", "ModifiedOn", "ObjectTypeCode", "MetadataId")
    return {name: without_stamps(value) for name, value in definition.items() if name not in own}


def test_the_command_imports_the_same_definitions(harbour: Api, tmp_path: Any) -> None:
    data = exported(harbour)
    file = tmp_path / "harbour.zip"
    file.write_bytes(data)
    tables = ("fab_ship", "fab_ship_contact", "account")
    wanted = definitions(harbour, *tables)
    with another(schemas=(str(file),)) as other:
        assert definitions(other, *tables) == wanted
    with another() as other:
        assert other.post("http://localhost:5365/_emulator/schema", data).status == 200
        assert definitions(other, *tables) == wanted


def test_what_users_define_goes_out_and_in_whole(api: Api) -> None:
    publisher = api.new("publishers", uniquename="p", friendlyname="P", customizationprefix="new")
    bind = {"publisherid@odata.bind": f"/publishers({publisher})"}
    api.new("solutions", uniquename="All", friendlyname="All", version="1.0", **bind)
    into = {"MSCRM.SolutionUniqueName": "All"}
    made = table(
        "new_Boat",
        column("Money", "new_Price", Precision=3, PrecisionSource=0),
        column("Picklist", "new_Kind", OptionSet=options((5, "A"), (7, "B")), DefaultFormValue=7),
        column("String", "new_No", IsAuditEnabled={"Value": False, "CanBeChanged": False}),
        HasNotes=True,
        HasActivities=True,
        Description=label("Floats", _1036="Flotte"),
    )
    activity = table("new_Trip", IsActivity=True)
    many = many_to_many("new_boat_lead", "new_boat", "lead", IntersectEntityName="new_Boat_Lead")
    menu = {"Behavior": "UseLabel", "Label": label("Boats", _1036="Bateaux"), "Order": 7}
    one = one_to_many("new_boat_boat", "new_boat", "new_boat", "new_Tug", AssociatedMenuConfiguration=menu)
    for path, body in (
        ("EntityDefinitions", made),
        ("EntityDefinitions", activity),
        ("RelationshipDefinitions", one),
        ("RelationshipDefinitions", many),
        ("EntityDefinitions(LogicalName='account')/Attributes", column("String", "new_Extra")),
    ):
        answer = api.post(path, body, **into)
        assert answer.status == 204, answer.text
    data = exported(api, "All")
    tables = ("new_boat", "new_trip", "new_boat_lead", "account", "annotation", "lead")
    wanted = definitions(api, *tables)
    with another() as other:
        answer = other.post("ImportSolution", import_body(data))
        assert answer.status == 204, answer.text
        assert definitions(other, *tables) == wanted
        assert exported(other, "All") == data


def test_the_default_solution_holds_all_that_users_made(api: Api) -> None:
    assert api.post("EntityDefinitions", table()).status == 204
    text = content(exported(api, "Default"))["customizations.xml"].decode()
    assert '<entity Name="new_Project">' in text
    body = import_body(exported(api, "Default"))
    assert api.post("ImportSolution", body).error[:2] == (400, "0x8004F007")


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"SolutionName": "Nothing"}, 400, "0x80040203"),
        ({"SolutionName": "Active"}, 400, "0x8004F00A"),
        ({"Managed": True}, 501, "0x80040219"),
        ({"ExportCalendarSettings": True}, 501, "0x80040219"),
    ],
)
def test_what_cannot_be_exported(harbour: Api, members: dict[str, Any], status: int, code: str) -> None:
    answer = harbour.post("ExportSolution", {"SolutionName": "Harbour", "Managed": False, **members})
    assert answer.error[:2] == (status, code)


def test_a_solution_with_a_web_resource_cannot_be_exported(harbour: Api) -> None:
    resource = harbour.new("webresourceset", name="fab_x", displayname="X", webresourcetype=3)
    body = {
        "ComponentId": resource,
        "ComponentType": 61,
        "SolutionUniqueName": "Harbour",
        "AddRequiredComponents": False,
    }
    assert harbour.post("AddSolutionComponent", body).status == 200
    answer = harbour.post("ExportSolution", {"SolutionName": "Harbour", "Managed": False})
    assert answer.error[:2] == (501, "0x80040219")


# ---- as system jobs


def test_an_import_as_a_job_is_done_at_once(api: Api) -> None:
    body = import_body(archive())
    del body["ImportJobId"]
    answer = api.post("ImportSolutionAsync", body).json()
    job = api.get(f"asyncoperations({answer['AsyncOperationId']})").json()
    assert (job["statecode"], job["statuscode"], job["operationtype"]) == (3, 30, 203)
    assert job["completedon"] is not None
    assert api.get(f"importjobs({answer['ImportJobKey']})").json()["progress"] == 100.0
    assert api.get("fab_ships").status == 200


def test_an_import_as_a_job_fails_as_a_job(api: Api) -> None:
    body = import_body(archive(customizations="<html/>"))
    del body["ImportJobId"]
    answer = api.post("ImportSolutionAsync", body).json()
    job = api.get(f"asyncoperations({answer['AsyncOperationId']})").json()
    assert (job["statecode"], job["statuscode"]) == (3, 31)
    assert "unknown root element" in job["friendlymessage"]
    assert api.get("importjobs").value == []
    assert api.service.catalog.parts == {}


def test_an_export_as_a_job_is_downloaded(harbour: Api) -> None:
    answer = harbour.post("ExportSolutionAsync", {"SolutionName": "Harbour", "Managed": False}).json()
    job = harbour.get(f"asyncoperations({answer['AsyncOperationId']})").json()
    assert (job["statecode"], job["statuscode"]) == (3, 30)
    data = harbour.post("DownloadSolutionExportData", {"ExportJobId": answer["ExportJobId"]}).json()
    assert base64.b64decode(data["ExportSolutionFile"]) == exported(harbour)
    other = harbour.post("PublishAllXmlAsync").json()["AsyncOperationId"]
    for id in (other, MISSING):
        assert harbour.post("DownloadSolutionExportData", {"ExportJobId": id}).error[:2] == (404, "0x80040217")


# ---- what is no solution

BOMB = archive(customizations=b"<ImportExportXml>" + b" " * (5 * 1024 * 1024) + b"</ImportExportXml>")
ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ImportExportXml>&a;</ImportExportXml>'
MANIFEST = manifest(*ROOTS)
LOST_LOOKUP = attribute("lookup", "fab_Lost", "<LookupTypes><LookupType>fab_dock</LookupType></LookupTypes>")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "0x80048060"),
        (b"plain words", "0x80048060"),
        (b"PK\x03\x04 damaged", "0x80048060"),
        (archive(solution=None), "0x80048060"),
        (archive(customizations=None), "0x80048060"),
        (archive(types=None), "0x80048060"),
        (archive(**{"../../outside.xml": "<x/>"}), "0x80048060"),
        (BOMB, "0x80048033"),
        (archive(customizations=ENTITY), "0x80048033"),
        (archive(solution=ENTITY), "0x80048033"),
        (archive(types="<Types"), "0x80048033"),
        (archive(customizations="<html/>"), "0x80048033"),
        (archive(customizations="<ImportExportXml>"), "0x80048033"),
        (archive(customizations=customizations(beside="<Holograms><a/></Holograms>")), "0x80048033"),
        (archive(customizations=customizations(entity(parts="<Ghosts/>"))), "0x8004801D"),
        (archive(customizations=customizations(entity(columns=attribute("antimatter", "fab_X")))), "0x8004801D"),
        (archive(customizations=HARBOUR.replace("fab_Crew", "fab Crew")), "0x80048033"),
        (archive(customizations=HARBOUR.replace('value="7"', 'value="x"')), "0x80048033"),
        (archive(customizations=HARBOUR.replace("<MaxLength>60<", "<MaxLength>nan<")), "0x80048033"),
        (archive(customizations=HARBOUR.replace("<MaxLength>60<", "<MaxLength>1e400<")), "0x80048033"),
        (archive(customizations=HARBOUR.replace('languagecode="1036"', 'languagecode="fr"')), "0x80048033"),
        (archive(customizations=HARBOUR.replace('languagecode="1036"', 'languagecode="99999999999"')), "0x80048033"),
        (archive(customizations=HARBOUR.replace(">Account<", ">fab_Dock<")), "0x8004801D"),
        (archive(customizations=customizations(entity(columns=LOST_LOOKUP))), "0x8004801D"),
        (archive(customizations=HARBOUR.replace(VIEW, "view")), "0x80048033"),
        (archive(customizations=HARBOUR.replace("ManyToMany", "ManyToNone")), "0x80048033"),
        (archive(solution="<ImportExportXml/>"), "0x80048033"),
        (archive(solution=MANIFEST.replace("<UniqueName>Harbour</UniqueName>", "")), "0x80048033"),
        (archive(solution=MANIFEST.replace("<Version>1.2</Version>", "")), "0x80048033"),
        (archive(solution=MANIFEST.replace('type="1"', 'type="one"')), "0x80048033"),
        (archive(solution=manifest(version="one")), "0x8004F01E"),
        (archive(solution=manifest(name="two words")), "0x8004F002"),
        (archive(solution=manifest(name="Active")), "0x8004F007"),
    ],
)
@pytest.mark.parametrize("_", [0], ids=["07 §12 #28 ImportSolution: broken input"])
def test_a_wrong_archive_changes_nothing(api: Api, data: bytes, code: str, _: int) -> None:
    version = api.service.catalog.version
    answer = api.post("ImportSolution", import_body(data))
    assert answer.error[:2] == (400, code), answer.text
    assert api.get("fab_ships").status == 404
    for path in (
        "importjobs",
        "publishers?$filter=uniquename eq 'fabrikam'",
        "solutions?$filter=uniquename eq 'Harbour'",
    ):
        assert api.get(path).value == []
    found = api.service.catalog.version
    assert api.service.catalog.parts == {}
    assert found >= version


def test_a_file_that_is_not_base64_is_refused(api: Api) -> None:
    body = {**import_body(b""), "CustomizationFile": "no base64!"}
    assert api.post("ImportSolution", body).status == 400


@pytest.mark.parametrize("member", ["ConvertToManaged", "HoldingSolution"])
def test_managed_ways_of_importing_are_not_emulated(api: Api, member: str) -> None:
    assert api.post("ImportSolution", import_body(archive(), **{member: True})).status == 501


def test_a_managed_archive_is_not_emulated(api: Api) -> None:
    answer = api.post("ImportSolution", import_body(archive(solution=manifest(*ROOTS, managed=1))))
    assert answer.error[:2] == (501, "0x80040219")


def test_a_solution_of_another_publisher_is_refused(harbour: Api) -> None:
    data = archive(solution=manifest(*ROOTS, publisher="contoso"))
    assert harbour.post("ImportSolution", import_body(data, job=2)).error[:2] == (400, "0x8004801C")
    assert harbour.get("publishers?$filter=uniquename eq 'contoso'").value == []


def test_an_import_job_runs_once(harbour: Api) -> None:
    assert harbour.post("ImportSolution", import_body(archive())).error[:2] == (412, "0x80040237")


def test_missing_components_are_named_before_an_import(api: Api) -> None:
    data = archive(customizations=HARBOUR.replace(">Account<", ">fab_Dock<"))
    file = base64.b64encode(data).decode("ascii")
    path = f"RetrieveMissingComponents(CustomizationFile=@f)?@f=binary'{file}'"
    answer = api.get(path.replace("+", "-").replace("/", "_").replace("=@f)", "=@f)"))
    assert answer.status == 200, answer.text
    assert [each["RequiredComponent"]["SchemaName"] for each in answer.json()["MissingComponents"]] == ["fab_dock"]


@pytest.mark.parametrize("_", [0], ids=["E-124 whoever starts a second import is told which operation runs"])
def test_imports_do_not_run_at_the_same_time(api: Api, _: int) -> None:
    answers: queue.Queue[tuple[int, str]] = queue.Queue()

    def send(job: int) -> None:
        answer = api.post("ImportSolution", import_body(archive(), job=job))
        answers.put((answer.status, answer.text))

    api.get("WhoAmI")  # the caller is known from now on
    clients = [threading.Thread(target=send, args=(job,)) for job in range(1, 5)]
    with api.service.unit():  # the first import waits for the end of this
        for each in clients:
            each.start()
        refused = [answers.get(timeout=30) for _ in clients[1:]]
    for each in clients:
        each.join()
    for status, text in refused:
        assert (status, '"0x80071151"' in text) == (429, True)
        assert "requested operation [Import] because there is another [Import] running" in text
    assert answers.get(timeout=30)[0] == 204
    assert api.post("PublishAllXml").status == 204
