"""Archives of solutions made in code, for the tests of what imports and exports them."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

from .conftest import Api

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/octet-stream"/></Types>'
)
VIEW = "5f0c0000-0000-4000-8000-000000000001"


def texts(group: str, tag: str, english: str, french: str = "") -> str:
    """Texts in English and French."""
    other = f'<{tag} description="{french}" languagecode="1036"/>' if french else ""
    return f'<{group}><{tag} description="{english}" languagecode="1033"/>{other}</{group}>'


def manifest(
    *components: str, name: str = "Harbour", publisher: str = "fabrikam", managed: int = 0, version: str = "1.2"
) -> str:
    """``solution.xml``; the components are attributes of ``RootComponent``."""
    roots = "".join(f"<RootComponent {each}/>" for each in components)
    return (
        f"<ImportExportXml><SolutionManifest><UniqueName>{name}</UniqueName>"
        f"{texts('LocalizedNames', 'LocalizedName', 'The harbour')}"
        f"{texts('Descriptions', 'Description', 'Ships and moles')}<Version>{version}</Version>"
        f"<Managed>{managed}</Managed><Publisher><UniqueName>{publisher}</UniqueName>"
        f"{texts('LocalizedNames', 'LocalizedName', 'Fabrikam')}<EMailAddress>a@fabrikam.com</EMailAddress>"
        "<CustomizationPrefix>fab</CustomizationPrefix>"
        "<CustomizationOptionValuePrefix>41000</CustomizationOptionValuePrefix>"
        f"</Publisher><RootComponents>{roots}</RootComponents></SolutionManifest></ImportExportXml>"
    )


def attribute(kind: str, name: str, *members: str, text: str = "", custom: int = 1) -> str:
    """A column; the members are elements."""
    shown = texts("displaynames", "displayname", text or name, f"{text or name} (fr)")
    return (
        f'<attribute PhysicalName="{name}"><Type>{kind}</Type><Name>{name.lower()}</Name>'
        f"<LogicalName>{name.lower()}</LogicalName><IsCustomField>{custom}</IsCustomField>{''.join(members)}{shown}"
        "</attribute>"
    )


def option(value: int, english: str, french: str = "", tag: str = "option", **attributes: str) -> str:
    """An option."""
    more = "".join(f' {name}="{text}"' for name, text in attributes.items())
    return f'<{tag} value="{value}"{more}>{texts("labels", "label", english, french)}</{tag}>'


KEY = attribute("primarykey", "fab_ShipId", custom=0)
NAME = attribute(
    "nvarchar",
    "fab_Name",
    "<MaxLength>60</MaxLength><RequiredLevel>required</RequiredLevel><Format>text</Format>",
    "<DisplayMask>PrimaryName|ValidForAdvancedFind|ValidForForm|ValidForGrid</DisplayMask>",
)
COLUMNS = (
    KEY,
    NAME,
    attribute(
        "nvarchar",
        "fab_Mail",
        "<MaxLength>90</MaxLength><Format>email</Format><IsSecured>1</IsSecured><IsAuditEnabled>0</IsAuditEnabled>",
        "<DisplayMask>ValidForForm</DisplayMask>",
        texts("Descriptions", "Description", "Where to write", "Ou ecrire"),
    ),
    attribute("nvarchar", "fab_No", "<AutoNumberFormat>S-{SEQNUM:4}</AutoNumberFormat>"),
    attribute("ntext", "fab_Log", "<MaxLength>3000</MaxLength><Format>textarea</Format>"),
    attribute("int", "fab_Crew", "<MinValue>1</MinValue><MaxValue>90</MaxValue>"),
    attribute("bigint", "fab_Miles", "<MaxValue>9223372036854775807</MaxValue>"),
    attribute("decimal", "fab_Draught", "<MinValue>0.5</MinValue><MaxValue>30</MaxValue><Accuracy>3</Accuracy>"),
    attribute("float", "fab_Speed", "<Accuracy>1</Accuracy>"),
    attribute("datetime", "fab_Built", "<Format>date</Format><Behavior>2</Behavior>"),
    attribute(
        "bit",
        "fab_Afloat",
        "<AppDefaultValue>1</AppDefaultValue>",
        '<optionset Name="fab_ship_fab_afloat"><OptionSetType>bit</OptionSetType><options>',
        option(1, "Afloat", "A flot"),
        option(0, "Aground"),
        "</options></optionset>",
    ),
    attribute(
        "picklist",
        "fab_Rig",
        "<AppDefaultValue>2</AppDefaultValue>",
        '<optionset Name="fab_ship_fab_rig"><OptionSetType>picklist</OptionSetType><options>',
        option(1, "Sloop", ExternalValue="SL", Color="#0000ff"),
        option(2, "Ketch", "Ketch (fr)"),
        "</options></optionset>",
    ),
    attribute("multiselectpicklist", "fab_Flags", "<OptionSetName>fab_colors</OptionSetName>"),
    attribute("image", "fab_Photo", "<MaxSizeInKB>500</MaxSizeInKB><IsPrimaryImage>1</IsPrimaryImage>"),
    attribute("file", "fab_Papers", "<MaxSizeInKB>700</MaxSizeInKB>"),
    attribute("lookup", "fab_Home"),
    attribute("owner", "OwnerId", custom=0),
    attribute(
        "state",
        "statecode",
        '<optionset Name="fab_ship_statecode"><OptionSetType>state</OptionSetType><states>',
        option(0, "In service", tag="state", defaultstatus="1", invariantname="Active"),
        option(1, "Scrapped", tag="state", defaultstatus="2", invariantname="Inactive"),
        "</states></optionset>",
        custom=0,
    ),
    attribute(
        "status",
        "statuscode",
        '<optionset Name="fab_ship_statuscode"><OptionSetType>status</OptionSetType><statuses>',
        option(1, "At sea", tag="status", state="0"),
        option(2, "Sold", tag="status", state="1"),
        "</statuses></optionset>",
        custom=0,
    ),
)


def entity(name: str = "fab_Ship", columns: str = "".join(COLUMNS), members: str = "", parts: str = "") -> str:
    """A table; the members are elements of its own, the parts stand beside its definition."""
    return (
        f'<Entity><Name>{name}</Name><EntityInfo><entity Name="{name}">'
        f"{texts('LocalizedNames', 'LocalizedName', 'Ship', 'Navire')}"
        f"{texts('LocalizedCollectionNames', 'LocalizedCollectionName', 'Ships', 'Navires')}"
        f"<attributes>{columns}</attributes><EntitySetName>{name.lower()}s</EntitySetName>"
        f"<OwnershipTypeMask>UserOwned</OwnershipTypeMask>{members}</entity></EntityInfo>{parts}</Entity>"
    )


MEMBERS = (
    texts("Descriptions", "Description", "What floats")
    + "<ChangeTrackingEnabled>1</ChangeTrackingEnabled><EntityColor>#00ff00</EntityColor>"
    "<IsQuickCreateEnabled>1</IsQuickCreateEnabled><IsAuditEnabled>1</IsAuditEnabled>"
    '<EntityKeys><EntityKey Name="fab_ShipKey"><Name>fab_ShipKey</Name><LogicalName>fab_shipkey</LogicalName>'
    + texts("displaynames", "displayname", "Number", "Numero")
    + "<EntityKeyAttributes><EntityKeyAttribute>fab_no</EntityKeyAttribute></EntityKeyAttributes>"
    "</EntityKey></EntityKeys>"
)
VIEWS = (
    "<SavedQueries><savedqueries><savedquery>"
    f"<savedqueryid>{{{VIEW}}}</savedqueryid><querytype>0</querytype><isdefault>0</isdefault>"
    '<fetchxml><fetch><entity name="fab_ship"><attribute name="fab_name"/></entity></fetch></fetchxml>'
    '<layoutxml><grid name="resultset"><row name="result"/></grid></layoutxml>'
    + texts("LocalizedNames", "LocalizedName", "All ships", "Tous les navires")
    + "</savedquery></savedqueries></SavedQueries>"
)
RELATIONSHIPS = (
    '<EntityRelationship Name="fab_account_ship"><EntityRelationshipType>OneToMany</EntityRelationshipType>'
    "<ReferencingEntityName>fab_Ship</ReferencingEntityName><ReferencedEntityName>Account</ReferencedEntityName>"
    "<CascadeDelete>Restrict</CascadeDelete><ReferencingAttributeName>fab_Home</ReferencingAttributeName>"
    "<EntityRelationshipRoles><EntityRelationshipRole><NavPaneDisplayOption>UseLabel</NavPaneDisplayOption>"
    "<NavPaneOrder>7</NavPaneOrder>"
    + texts("CustomLabels", "CustomLabel", "Fleet", "Flotte")
    + "<NavigationPropertyName>fab_HomePort</NavigationPropertyName><RelationshipRoleType>1</RelationshipRoleType>"
    "</EntityRelationshipRole></EntityRelationshipRoles></EntityRelationship>"
    '<EntityRelationship Name="fab_ship_contact"><EntityRelationshipType>ManyToMany</EntityRelationshipType>'
    "<FirstEntityName>fab_Ship</FirstEntityName><SecondEntityName>Contact</SecondEntityName>"
    "<IntersectEntityName>fab_ship_contact</IntersectEntityName></EntityRelationship>"
)
SETS = (
    '<optionset Name="fab_colors" localizedName="Colors"><OptionSetType>picklist</OptionSetType>'
    + texts("displaynames", "displayname", "Colors", "Couleurs")
    + f"<options>{option(7, 'Red', 'Rouge')}{option(8, 'Blue')}</options></optionset>"
)
ROOTS = (
    'type="1" schemaName="fab_ship" behavior="0"',
    'type="9" schemaName="fab_colors" behavior="0"',
    f'type="26" id="{{{VIEW}}}" behavior="0"',
)


def customizations(
    entities: str = "", relationships: str = "", sets: str = "", beside: str = "<Roles/><Workflows/>"
) -> str:
    """``customizations.xml``."""
    return (
        f"<ImportExportXml><Entities>{entities}</Entities>{beside}"
        f"<EntityRelationships>{relationships}</EntityRelationships><optionsets>{sets}</optionsets></ImportExportXml>"
    )


HARBOUR = customizations(entity(members=MEMBERS, parts=VIEWS), RELATIONSHIPS, SETS)


def archive(**files: str | bytes | None) -> bytes:
    """A zip archive: by default the harbour's; a file of None is left out. ``types`` is ``[Content_Types].xml``."""
    content = {"solution": manifest(*ROOTS), "customizations": HARBOUR, "types": TYPES, **files}
    names = {"types": "[Content_Types].xml", "solution": "solution.xml", "customizations": "customizations.xml"}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as found:
        for name, text in content.items():
            if text is not None:
                found.writestr(names.get(name, name), text)
    return stream.getvalue()


def import_body(data: bytes, job: int = 1, **members: Any) -> dict[str, Any]:
    """The body of ImportSolution."""
    return {
        "OverwriteUnmanagedCustomizations": True,
        "PublishWorkflows": False,
        "CustomizationFile": base64.b64encode(data).decode("ascii"),
        "ImportJobId": f"5f0c0000-0000-4000-8000-0000000001{job:02}",
        **members,
    }


def exported(api: Api, name: str = "Harbour") -> bytes:
    """The archive of a solution."""
    answer = api.post("ExportSolution", {"SolutionName": name, "Managed": False})
    assert answer.status == 200, answer.text
    return base64.b64decode(answer.json()["ExportSolutionFile"])


def content(data: bytes) -> dict[str, bytes]:
    """The files of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name) for name in found.namelist()}
