"""Exported solutions: ``customizations.xml`` as drafts (contract 07 §11).

A solution holds much more than a schema; every part of it that is not taken stands in the report.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.importing.drafts import Definition, Drafts, TableDraft
from dataverse_emulator.importing.files import Archive, Element, UnreadableFile, parse_xml
from dataverse_emulator.metadata.describe.values import LANGUAGE

_FILE = "customizations.xml"
_TYPES = {
    "nvarchar": "String",
    "ntext": "Memo",
    "memo": "Memo",
    "int": "Integer",
    "bigint": "BigInt",
    "timestamp": "BigInt",
    "money": "Money",
    "decimal": "Decimal",
    "float": "Double",
    "bit": "Boolean",
    "datetime": "DateTime",
    "picklist": "Picklist",
    "multiselectpicklist": "MultiSelectPicklist",
    "state": "State",
    "status": "Status",
    "lookup": "Lookup",
    "customer": "Customer",
    "owner": "Owner",
    "partylist": "PartyList",
    "uniqueidentifier": "Uniqueidentifier",
    "primarykey": "Uniqueidentifier",
    "entityname": "EntityName",
    "managedproperty": "ManagedProperty",
    "image": "Image",
    "file": "File",
    "virtual": "Virtual",
}
_REQUIRED = {
    "recommended": "Recommended",
    "required": "ApplicationRequired",
    "applicationrequired": "ApplicationRequired",
    "systemrequired": "SystemRequired",
}
_FORMATS = {
    "text": "Text",
    "textarea": "TextArea",
    "email": "Email",
    "url": "Url",
    "tickersymbol": "TickerSymbol",
    "phone": "Phone",
    "phoneticguide": "PhoneticGuide",
    "date": "DateOnly",
    "datetime": "DateAndTime",
}
_OF_ENTITY = frozenset({"Name", "ObjectTypeCode", "EntityInfo"})
_CASCADES = ("Assign", "Delete", "Merge", "Reparent", "Share", "Unshare", "RollupView")


def read_solution(archive: Archive) -> Drafts:
    """The schema of a solution's zip archive.

    Raises:
        UnreadableFile: it has no ``customizations.xml``, or the solution is a managed one.
    """
    if _FILE not in archive:
        raise UnreadableFile("The zip archive is no solution: it has no customizations.xml.")
    if "solution.xml" in archive:
        manifest = parse_xml(archive.read("solution.xml"), "solution.xml")
        if _text(manifest.find("SolutionManifest"), "Managed") == "1":
            raise UnreadableFile("The solution is managed; export it as an unmanaged one.")
    drafts = read_customizations(parse_xml(archive.read(_FILE), _FILE))
    known = {_FILE, "solution.xml", "[content_types].xml"}
    for name in archive.names:
        if name.lower() not in known:
            drafts.report.add(f"file {name}", "not taken")
    return drafts


def read_customizations(root: Element) -> Drafts:
    """The schema of a ``customizations.xml``.

    Raises:
        UnreadableFile: it is something else.
    """
    if root.tag != "ImportExportXml":
        raise UnreadableFile("customizations.xml has an unknown root element.")
    drafts = Drafts(is_full=True)
    for part in root:
        if part.tag == "Entities":
            for each in part:
                _entity(drafts, each)
        elif part.tag == "EntityRelationships":
            for each in part:
                _relationship(drafts, each)
        elif part.tag == "optionsets":
            for each in part:
                options = _options(each)
                if options:
                    kind = "Boolean" if _text(each, "OptionSetType") == "bit" else "Picklist"
                    name = each.get("Name", "")
                    drafts.option_sets[name] = {"name": name, "type": kind, "options": options}
        elif len(part):
            drafts.report.add(part.tag, f"not taken: {len(part)} {'part' if len(part) == 1 else 'parts'}")
    return drafts


def _entity(drafts: Drafts, element: Element) -> None:
    info = element.find("EntityInfo/entity")
    name = (element.findtext("Name") or "").strip()
    if info is None:
        drafts.report.add(f"table {name}", "it has no EntityInfo: nothing of its schema is in the file")
        return
    schema_name = info.get("Name") or name
    logical = schema_name.lower()
    for part in element:
        if part.tag not in _OF_ENTITY and len(part):
            drafts.report.add(f"table {logical}", f"{part.tag} not taken")
    head: Definition = {
        "logicalName": logical,
        "schemaName": schema_name,
        "entitySetName": _text(info, "EntitySetName"),
    }
    head |= {"displayName": _label(info.find("LocalizedNames"), "LocalizedName") or schema_name}
    plural = _label(info.find("LocalizedCollectionNames"), "LocalizedCollectionName")
    if plural:
        head["displayCollectionName"] = plural
    ownership = _text(info, "OwnershipTypeMask")
    head["ownership"] = {"UserOwned": "UserOwned", "OrgOwned": "OrganizationOwned"}.get(ownership, "None")
    head["flags"] = {"isCustomEntity": "_" in logical}
    if _text(info, "IsActivity") == "1":
        head |= {"isActivity": True, "base": "activitypointer", "primaryId": "activityid", "primaryName": "subject"}
    draft = TableDraft(head)
    for each in info.iterfind("attributes/attribute"):
        column = _attribute(drafts, draft, each)
        if column is not None:
            draft.columns[column["logicalName"]] = column
    head.setdefault("primaryId", f"{logical}id")
    for each in info.iterfind("EntityKeys/EntityKey"):
        columns = [(one.text or "").strip().lower() for one in each.iter("EntityKeyAttribute")]
        key = (_text(each, "LogicalName") or each.get("Name", "")).lower()
        if key and columns:
            draft.keys[key] = {"logicalName": key, "schemaName": _text(each, "Name") or key, "columns": columns}
    drafts.tables[logical] = draft


def _attribute(drafts: Drafts, draft: TableDraft, element: Element) -> Definition | None:
    name = (_text(element, "LogicalName") or _text(element, "Name")).lower()
    place = f"column {draft.name}.{name}"
    told = _text(element, "Type").lower()
    kind = _TYPES.get(told)
    if kind is None or not name:
        drafts.report.add(place, f"not taken: the type {told or '(none)'} is not understood")
        return None
    column: Definition = {"logicalName": name, "schemaName": element.get("PhysicalName") or name, "type": kind}
    if told == "primarykey":
        draft.head["primaryId"] = name
        column["required"] = "SystemRequired"
    if "PrimaryName" in _text(element, "DisplayMask"):
        draft.head["primaryName"] = name
    text = _label(element.find("displaynames"), "displayname")
    if text:
        column["displayName"] = text
    if kind in ("String", "Memo"):
        length = _number(element, "MaxLength") or _number(element, "Length")
        if length:
            column["maxLength"] = int(length)
    for member, of in (("min", "MinValue"), ("max", "MaxValue")):
        if _number(element, of) is not None:
            column[member] = _number(element, of)
    for member, of in (("precision", "Accuracy"), ("precisionSource", "AccuracySource")):
        if _number(element, of) is not None:
            column[member] = int(_number(element, of) or 0)
    shape = _FORMATS.get(_text(element, "Format").lower())
    if shape:
        column["format"] = shape
    behavior = {"1": "UserLocal", "2": "DateOnly", "3": "TimeZoneIndependent"}.get(_text(element, "Behavior"))
    if kind == "DateTime" and behavior:
        column["dateTimeBehavior"] = behavior
    required = _REQUIRED.get(_text(element, "RequiredLevel").lower())
    if required:
        column.setdefault("required", required)
    for member, of in (
        ("validForCreate", "ValidForCreateApi"),
        ("validForUpdate", "ValidForUpdateApi"),
        ("validForRead", "ValidForReadApi"),
    ):
        if _text(element, of) == "0":
            column[member] = False
    if _text(element, "IsCustomField") == "1":
        column["isCustom"] = True
    for member, of in (("autoNumberFormat", "AutoNumberFormat"), ("introducedVersion", "IntroducedVersion")):
        if _text(element, of):
            column[member] = _text(element, of)
    if _text(element, "SourceType") in ("1", "2"):
        column["sourceType"] = int(_text(element, "SourceType"))
        drafts.report.add(place, "its formula is not taken: it is never calculated")
    if kind == "Owner":
        column |= {"targets": ["systemuser", "team"], "navigation": {"owner": name}}
    _choice(column, element)
    return column


def _choice(column: Definition, element: Element) -> None:
    shared = _text(element, "OptionSetName")
    own = element.find("optionset")
    if own is not None:
        options = _options(own)
        column |= {"optionSet": own.get("Name") or shared or f"{column['logicalName']}_set", "options": options}
    elif shared:
        column |= {"optionSet": shared, "optionSetGlobal": True}
    default = _number(element, "AppDefaultValue")
    if column["type"] == "Boolean":
        column["defaultValue"] = default == 1
    elif default is not None and default >= 0 and column["type"] in ("Picklist", "State"):
        column["defaultValue"] = int(default)


def _options(element: Element) -> list[Definition]:
    found: list[Definition] = []
    for each in (
        *element.iterfind("options/option"),
        *element.iterfind("states/state"),
        *element.iterfind("statuses/status"),
    ):
        value = int(each.get("value", "0"))
        option: Definition = {"value": value, "label": _label(each.find("labels"), "label") or str(value)}
        if each.get("state") is not None:
            option["state"] = int(each.get("state"))
        if each.get("defaultstatus") is not None:
            option |= {
                "defaultStatus": int(each.get("defaultstatus")),
                "invariantName": each.get("invariantname") or option["label"],
            }
        found.append(option)
    return found


def _relationship(drafts: Drafts, element: Element) -> None:
    name, kind = element.get("Name", ""), _text(element, "EntityRelationshipType")
    place = f"relationship {name}"
    if kind == "OneToMany":
        referenced, referencing = (
            _text(element, f"{each}EntityName").lower() for each in ("Referenced", "Referencing")
        )
        column = _text(element, "ReferencingAttributeName")
        roles = {_text(each, "RelationshipRoleType"): each for each in element.iter("EntityRelationshipRole")}
        owner = referenced == "owner"
        one: Definition = {
            "schemaName": name,
            "referencedTable": referenced,
            "referencedColumn": "ownerid" if owner else f"{referenced}id",
            "referencedNavigation": _text(roles.get("0"), "NavigationPropertyName") or name,
            "referencingTable": referencing,
            "referencingColumn": column.lower(),
            "referencingNavigation": _text(roles.get("1"), "NavigationPropertyName")
            or _navigation(drafts, referencing, column),
            "cascade": {each: text for each in _CASCADES if (text := _text(element, f"Cascade{each}"))},
            "isCustom": True,
        }
        if _text(element, "IsHierarchical") == "1":
            one["isHierarchical"] = True
        target = drafts.tables.get(referenced)
        if target is not None:
            one["referencedColumn"] = target.head["primaryId"]
        lookup = drafts.tables[referencing].columns.get(column.lower()) if referencing in drafts.tables else None
        if lookup is not None and lookup["type"] in ("Lookup", "Customer"):
            lookup["targets"] = [*lookup.get("targets", ()), referenced]
        drafts.one_to_many.append(one)
    elif kind == "ManyToMany":
        first, second = (_text(element, f"{each}EntityName").lower() for each in ("First", "Second"))
        many: Definition = {
            "schemaName": name,
            "table1": first,
            "navigation1": name,
            "table2": second,
            "navigation2": name if first != second else f"{name}_referenced",
            "intersectTable": (_text(element, "IntersectEntityName") or name).lower(),
            "column1": f"{first}id" if first != second else f"{first}idone",
            "column2": f"{second}id" if first != second else f"{second}idtwo",
            "isCustom": True,
        }
        drafts.many_to_many.append(many)
    else:
        drafts.report.add(place, f"not taken: the kind {kind or '(none)'} is not understood")


def _navigation(drafts: Drafts, table: str, column: str) -> str:
    """The name of a lookup's navigation property where the file has none: that of the column (07 §8)."""
    draft = drafts.tables.get(table)
    found = draft.columns.get(column.lower()) if draft is not None else None
    return str(found["schemaName"]) if found is not None and found.get("isCustom") else column.lower()


def _text(element: Any, name: str) -> str:
    return "" if element is None else (element.findtext(name) or "").strip()


def _number(element: Element, name: str) -> float | None:
    text = _text(element, name)
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def _label(parent: Any, tag: str) -> str | None:
    """The text in the base language, else the first one."""
    if parent is None:
        return None
    found = {each.get("languagecode"): each.get("description") for each in parent.iterfind(tag)}
    return found.get(str(LANGUAGE)) or next((text for text in found.values() if text), None)
