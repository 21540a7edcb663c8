"""EntityDefinitions JSON as the Web API answers it, with Attributes and relationships expanded, as drafts (07 §3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.importing.choices import read_choice, read_status_transitions, text_of
from dataverse_emulator.importing.drafts import Definition, Drafts, TableDraft
from dataverse_emulator.importing.files import UnreadableFile
from dataverse_emulator.importing.schemas import problems_of
from dataverse_emulator.messages.metadata.given import member as value_of
from dataverse_emulator.messages.metadata.tables import FLAGS, flag_name
from dataverse_emulator.metadata.catalog import ColumnType
from dataverse_emulator.metadata.classes import definition_classes, members_of, navigation_of, plain_class
from dataverse_emulator.metadata.compiled import CASCADE_ACTIONS
from dataverse_emulator.metadata.overlay import COLUMN, KEY, MANY_TO_MANY, ONE_TO_MANY, TABLE

_TYPE = "@odata.type"
_COLUMN_TYPES = {str(member) for member in ColumnType}
# Classes whose AttributeType says less than their name.
_CLASS_TYPES = {
    "MultiSelectPicklistAttributeMetadata": "MultiSelectPicklist",
    "ImageAttributeMetadata": "Image",
    "FileAttributeMetadata": "File",
}
# Types whose class has another name.
_CLASS_STARTS = {
    "Customer": "Lookup",
    "Owner": "Lookup",
    "PartyList": "Lookup",
    "Uniqueidentifier": "UniqueIdentifier",
}
_CHOICES = frozenset({"Picklist", "State", "Status", "MultiSelectPicklist", "Boolean", "EntityName"})
# Members of EntityMetadata that are flags of a definition; users cannot set the last ones.
_FLAGS = (*FLAGS, "IsCustomEntity", "IsManaged", "IsLogicalEntity", "IsPrivate", "IsStateModelAware")
# (member of a definition, member of EntityMetadata): those that are taken where they say something, those that may say
# an empty text, labels, and those that are left out where they are false.
_HEAD_MEMBERS = (
    ("primaryName", "PrimaryNameAttribute"),
    ("primaryImage", "PrimaryImageAttribute"),
    ("objectTypeCode", "ObjectTypeCode"),
)
_HEAD_NAMES = (("collectionSchemaName", "CollectionSchemaName"), ("logicalCollectionName", "LogicalCollectionName"))
_HEAD_TEXTS = (("displayName", "DisplayName"), ("displayCollectionName", "DisplayCollectionName"))
_HEAD_SWITCHES = (
    ("isActivity", "IsActivity"),
    ("isIntersect", "IsIntersect"),
    ("isBusinessProcessFlow", "IsBPFEntity"),
)
# The same of AttributeMetadata.
_COLUMN_MEMBERS = (
    ("attributeOf", "AttributeOf"),
    ("maxLength", "MaxLength"),
    ("min", "MinValue"),
    ("max", "MaxValue"),
    ("precision", "Precision"),
    ("precisionSource", "PrecisionSource"),
    ("sourceType", "SourceType"),
    ("maxSizeInKB", "MaxSizeInKB"),
    ("autoNumberFormat", "AutoNumberFormat"),
    ("introducedVersion", "IntroducedVersion"),
)
_COLUMN_USES = (
    ("validForCreate", "IsValidForCreate"),
    ("validForUpdate", "IsValidForUpdate"),
    ("validForRead", "IsValidForRead"),
)
_COLUMN_SWITCHES = (
    ("isLogical", "IsLogical"),
    ("isCustom", "IsCustomAttribute"),
    ("canStoreFullImage", "CanStoreFullImage"),
)


def read_entity_definitions(data: bytes) -> Drafts:
    """The tables of one definition, a list of them, or an answer with ``value``.

    Raises:
        UnreadableFile: it is no JSON, or holds no definition of a table.
    """
    import orjson

    try:
        content = orjson.loads(data)
    except ValueError as problem:
        raise UnreadableFile(f"The file is not valid JSON: {problem}.") from problem
    if isinstance(content, Mapping):
        content = content.get("value", content)
    listed = [content] if isinstance(content, Mapping) else content
    drafts = Drafts(is_full=True)
    for number, given in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(given, Mapping):
            raise UnreadableFile(f"The definition at place {number} is no object.")
        _table(drafts, given, number)
    if not drafts.tables:
        reasons = "; ".join(drafts.report.lines[:3])
        raise UnreadableFile(f"The JSON holds no EntityDefinitions with Attributes. {reasons}".strip())
    return drafts


def _table(drafts: Drafts, given: Mapping[str, Any], number: int) -> None:
    name = given.get("LogicalName")
    place = f"table {name or f'at place {number}'}"
    problems = problems_of("table", given)
    for problem in problems:
        drafts.report.add(place, f"not taken: {problem}")
    if problems:
        return
    _note_unknown(drafts, place, given, "EntityMetadata")
    draft = TableDraft(_head(given))
    drafts.given[TABLE, str(name)] = given
    for each in given["Attributes"]:
        column = read_attribute(drafts, str(name), each)
        if column is not None:
            draft.columns[column["logicalName"]] = column
            if column["type"] == "Status":
                options = (each.get("OptionSet") or {}).get("Options") or ()
                texts = [str(one["TransitionData"]) for one in options if one.get("TransitionData")]
                read_status_transitions(drafts.report, draft, texts)
            drafts.given[COLUMN, f"{name}.{column['logicalName']}"] = each
    for each in given.get("Keys") or ():
        _key(drafts, draft, each)
    drafts.tables[str(name)] = draft
    for member in ("OneToManyRelationships", "ManyToOneRelationships"):
        for each in given.get(member) or ():
            _one_to_many(drafts, each)
    for each in given.get("ManyToManyRelationships") or ():
        _many_to_many(drafts, each)
    if given.get("ManyToOneRelationships") is None:
        _infer_relationships(drafts, draft)


def _head(given: Mapping[str, Any]) -> Definition:
    name = given["LogicalName"]
    head: Definition = {
        "logicalName": name,
        "schemaName": given.get("SchemaName") or name,
        "entitySetName": given.get("EntitySetName") or "",
        "primaryId": given["PrimaryIdAttribute"],
        "ownership": given.get("OwnershipType") or "None",
        "flags": _flags(given),
    }
    head |= {member: given[of] for member, of in _HEAD_MEMBERS if given.get(of)}
    head |= {member: given[of] for member, of in _HEAD_NAMES if given.get(of) is not None}
    head |= {member: text for member, of in _HEAD_TEXTS if (text := text_of(given.get(of)))}
    head |= {member: True for member, of in _HEAD_SWITCHES if given.get(of)}
    if head.get("isActivity") and name != "activitypointer":
        head["base"] = "activitypointer"
    privileges = [each.get("Name") for each in given.get("Privileges") or () if isinstance(each, Mapping)]
    if privileges:
        head["privileges"] = [each for each in privileges if isinstance(each, str)]
    return head


def read_attribute(drafts: Drafts, table: str, given: Mapping[str, Any]) -> Definition | None:
    """A column's definition; None where it cannot be taken."""
    place = f"column {table}.{given.get('LogicalName')}"
    problems = problems_of("column", given)
    kind = None if problems else _kind_of(given)
    if not problems and kind is None:
        told = given.get("AttributeType") or given.get(_TYPE)
        problems = [f"the type {told} is not understood"]
    for problem in problems:
        drafts.report.add(place, f"not taken: {problem}")
    if problems or kind is None:
        return None
    _note_unknown(drafts, place, given, _class_of(given) or _class_of_kind(kind))
    name = given["LogicalName"]
    column: Definition = {"logicalName": name, "schemaName": given.get("SchemaName") or name, "type": kind}
    column |= {member: given[of] for member, of in _COLUMN_MEMBERS if given.get(of) not in (None, "")}
    column |= _shape(given)
    column |= {member: False for member, of in _COLUMN_USES if given.get(of) is False}
    column |= {member: True for member, of in _COLUMN_SWITCHES if given.get(of)}
    if given.get("IsValidODataAttribute") is False:
        column["property"] = None
    elif given.get("IsValidODataAttribute") and kind in ("String", "EntityName") and given.get("AttributeOf"):
        column["property"] = name
    if kind in ("Lookup", "Customer", "PartyList"):
        column["targets"] = list(given.get("Targets") or ())
    elif kind == "Owner":
        column |= {"targets": ["systemuser", "team"], "navigation": {"owner": name}}
    if kind in _CHOICES:
        read_choice(drafts, column, given, place)
    elif given.get("OptionSet") or given.get("GlobalOptionSet"):
        drafts.report.add(place, f"not taken: the option set of a {kind} column")
    return column


def _shape(given: Mapping[str, Any]) -> Definition:
    """What a column shows of itself: its label, format and requirement."""
    shape: Definition = {}
    text = text_of(given.get("DisplayName"))
    if text:
        shape["displayName"] = text
    format = value_of(given.get("FormatName")) or given.get("Format")
    if isinstance(format, str):
        shape["format"] = format
    behavior = value_of(given.get("DateTimeBehavior"))
    if isinstance(behavior, str):
        shape["dateTimeBehavior"] = behavior
    required = value_of(given.get("RequiredLevel"))
    if required in ("Recommended", "ApplicationRequired", "SystemRequired"):
        shape["required"] = required
    return shape


def _class_of(given: Mapping[str, Any]) -> str | None:
    name = plain_class(str(given.get(_TYPE, "")))
    return name if name in definition_classes() else None


def _class_of_kind(kind: str) -> str:
    name = f"{_CLASS_STARTS.get(kind, kind)}AttributeMetadata"
    return name if name in definition_classes() else "AttributeMetadata"


def _kind_of(given: Mapping[str, Any]) -> str | None:
    named = value_of(given.get("AttributeTypeName"))
    if isinstance(named, str) and named.removesuffix("Type") in _COLUMN_TYPES:
        return named.removesuffix("Type")
    class_name = _class_of(given)
    if class_name in _CLASS_TYPES:
        return _CLASS_TYPES[class_name]
    told = given.get("AttributeType")
    if told in _COLUMN_TYPES:
        return str(told)
    if class_name is not None:
        plain = class_name.removesuffix("AttributeMetadata").replace("UniqueIdentifier", "Uniqueidentifier")
        return plain if plain in _COLUMN_TYPES else None
    return None


def _note_unknown(drafts: Drafts, place: str, given: Mapping[str, Any], class_name: str) -> None:
    for name in given:
        plain = name.partition("@")[0]
        if plain and plain not in members_of(class_name) and plain not in navigation_of(class_name):
            drafts.report.add(place, f"the member {plain} is not known and not kept")


def _flags(given: Mapping[str, Any]) -> dict[str, bool]:
    found = {flag_name(name): value_of(given.get(name)) for name in _FLAGS}
    return {flag: value for flag, value in found.items() if isinstance(value, bool)}


def _key(drafts: Drafts, draft: TableDraft, given: Mapping[str, Any]) -> None:
    name, columns = given.get("LogicalName"), given.get("KeyAttributes")
    is_list = isinstance(columns, list) and bool(columns) and all(isinstance(each, str) for each in columns)
    if not name or not isinstance(name, str) or not is_list:
        drafts.report.add(f"key of {draft.name}", "not taken: it has no LogicalName or no KeyAttributes")
        return
    key: Definition = {"logicalName": name, "schemaName": given.get("SchemaName") or name, "columns": columns}
    text = text_of(given.get("DisplayName"))
    draft.keys[name] = key | ({"displayName": text} if text else {})
    drafts.given[KEY, f"{draft.name}.{name}"] = given


def _one_to_many(drafts: Drafts, given: Mapping[str, Any]) -> None:
    place = f"relationship {given.get('SchemaName')}"
    problems = problems_of("oneToMany", given)
    for problem in problems:
        drafts.report.add(place, f"not taken: {problem}")
    if problems or any(each["schemaName"] == given["SchemaName"] for each in drafts.one_to_many):
        return
    _note_unknown(drafts, place, given, "OneToManyRelationshipMetadata")
    cascade = given.get("CascadeConfiguration") or {}
    one: Definition = {
        "schemaName": given["SchemaName"],
        "referencedTable": given["ReferencedEntity"],
        "referencedColumn": given["ReferencedAttribute"],
        "referencingTable": given["ReferencingEntity"],
        "referencingColumn": given["ReferencingAttribute"],
        "cascade": {action: cascade[action] for action in CASCADE_ACTIONS if cascade.get(action)},
    }
    for member, of in (
        ("referencedNavigation", "ReferencedEntityNavigationPropertyName"),
        ("referencingNavigation", "ReferencingEntityNavigationPropertyName"),
    ):
        if given.get(of):
            one[member] = given[of]
    for member, of in (("isHierarchical", "IsHierarchical"), ("isCustom", "IsCustomRelationship")):
        if given.get(of):
            one[member] = True
    drafts.one_to_many.append(one)
    drafts.given[ONE_TO_MANY, given["SchemaName"]] = given


def _many_to_many(drafts: Drafts, given: Mapping[str, Any]) -> None:
    place = f"relationship {given.get('SchemaName')}"
    problems = problems_of("manyToMany", given)
    for problem in problems:
        drafts.report.add(place, f"not taken: {problem}")
    if problems or any(each["schemaName"] == given["SchemaName"] for each in drafts.many_to_many):
        return
    _note_unknown(drafts, place, given, "ManyToManyRelationshipMetadata")
    name = given["SchemaName"]
    many: Definition = {
        "schemaName": name,
        "table1": given["Entity1LogicalName"],
        "navigation1": given.get("Entity1NavigationPropertyName") or name,
        "table2": given["Entity2LogicalName"],
        "navigation2": given.get("Entity2NavigationPropertyName") or name,
        "intersectTable": given["IntersectEntityName"],
        "column1": given["Entity1IntersectAttribute"],
        "column2": given["Entity2IntersectAttribute"],
    }
    if given.get("IsCustomRelationship"):
        many["isCustom"] = True
    drafts.many_to_many.append(many)
    drafts.given[MANY_TO_MANY, name] = given


def _infer_relationships(drafts: Drafts, draft: TableDraft) -> None:
    """Relationships of lookups that came without any: named as the platform names them (07 §8)."""
    known = {(each["referencingTable"], each["referencingColumn"]) for each in drafts.one_to_many}
    for name, column in draft.columns.items():
        if (
            column["type"] not in ("Lookup", "Customer")
            or (draft.name, name) in known
            or column.get("property", "") is None
        ):
            continue
        for target in column["targets"]:
            navigation = name if len(column["targets"]) == 1 else f"{name}_{target}"
            drafts.one_to_many.append(
                {
                    "schemaName": f"{target}_{draft.name}_{name}",
                    "referencedTable": target,
                    "referencedColumn": f"{target}id",
                    "referencingTable": draft.name,
                    "referencingColumn": name,
                    "referencingNavigation": navigation,
                }
            )
            draft.notes[name] = f"its relationship to {target} was not expanded; {navigation} leads over it"
