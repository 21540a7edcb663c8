"""CreateEntity, CreateEntities, UpdateEntity, DeleteEntity (contract 07 §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, handles, operation
from dataverse_emulator.messages.metadata import kinds
from dataverse_emulator.messages.metadata.attached import (
    POINTER,
    activity_columns,
    activity_relationships,
    files_relationship,
    notes_relationship,
    relationships_of_activity,
)
from dataverse_emulator.messages.metadata.column_members import class_name
from dataverse_emulator.messages.metadata.columns import check_new_column, column_part
from dataverse_emulator.messages.metadata.elastic import (
    KEY_NAME,
    check_table_type,
    elastic_columns,
    elastic_key,
)
from dataverse_emulator.messages.metadata.given import base_text, invalid, member, settings_of
from dataverse_emulator.messages.metadata.message_filters import add_message_filters
from dataverse_emulator.messages.metadata.names import NAME, plural, schema_name
from dataverse_emulator.messages.metadata.parts import Changes, change_head, commit
from dataverse_emulator.messages.metadata.removal import without_table
from dataverse_emulator.messages.metadata.solutions import ENTITY, Solution, add_component, find_solution
from dataverse_emulator.messages.metadata.system_columns import (
    companions,
    currency_parts,
    system_columns,
    system_relationships,
)
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.catalog import ELASTIC, Catalog, Table
from dataverse_emulator.metadata.describe import describe_table, table_id
from dataverse_emulator.metadata.describe.tables import SETTABLE
from dataverse_emulator.metadata.overlay import COLUMN, KEY, ONE_TO_MANY, TABLE, is_whole

FIRST_TYPE_CODE = 10900
TYPE_CODES = "emulator.objecttypecode"
_OWNERSHIPS = ("UserOwned", "OrganizationOwned")

# Members of EntityMetadata that the rest of the program knows as flags of a table.
FLAGS = (
    *("HasNotes", "HasActivities", "HasFeedback", "IsConnectionsEnabled", "IsValidForQueue"),
    *("IsDuplicateDetectionEnabled", "ChangeTrackingEnabled", "IsActivityParty", "IsAuditEnabled", "IsImportable"),
    *("IsMappable", "IsCustomizable", "IsOptimisticConcurrencyEnabled", "EnforceStateTransitions"),
    *("IsBusinessProcessEnabled", "IsSLAEnabled", "IsDocumentManagementEnabled", "IsChildEntity"),
)
_FOR_GOOD = (
    *("HasNotes", "HasActivities", "IsBusinessProcessEnabled", "IsConnectionsEnabled", "IsValidForQueue"),
    "IsActivityParty",
)
_NEW = {"isCustomEntity": True, "isManaged": False, "isImportable": True, "isMappable": True, "isCustomizable": True}


@handles(kinds.CreateEntity)
def create_entity(context: Context, message: kinds.CreateEntity) -> str:
    """Make a table with its system columns and relationships.

    Raises:
        EmulatorError: names (07 §4), 0x8004700B, 0x8006088E and 0x8006089B for names that are taken; 0x80040203 for a
            missing display name or primary column.
    """
    given = message.definition
    solution = find_solution(context, message.solution)
    check_table_type(given)
    head = _head(context, given, solution)
    name = head["logicalName"]
    changes: Changes = {(TABLE, name): head}
    columns: dict[str, dict[str, Any]] = {}
    relationships: list[dict[str, Any]] = []
    if head["isActivity"]:
        columns |= {part["logicalName"]: part for part in activity_columns(context, name)}
        relationships += relationships_of_activity(context, name, head["collectionSchemaName"])
    else:
        for part in system_columns(name, head["schemaName"], head.get("displayName"), head["ownership"]):
            columns[part["logicalName"]] = part
        relationships += system_relationships(name, head["ownership"])
    _add_attributes(context, head, given.get("Attributes") or [], columns, solution)
    head["settings"] = head_settings(context.catalog, head, given) | {
        "CreatedOn": context.now,
        "ModifiedOn": context.now,
    }
    if head["flags"].get("hasNotes") and not head["isActivity"]:
        relationships.append(notes_relationship(name, head["primaryId"]))
    if head["flags"].get("hasActivities"):
        relationships += activity_relationships(context, name, head["primaryId"])
    if given.get("TableType") == ELASTIC:
        elastic_columns(columns)
        changes[KEY, f"{name}.{KEY_NAME.lower()}"] = elastic_key(head["primaryId"])
    kinds_used = {part["type"] for part in columns.values()}
    if "File" in kinds_used:
        relationships.append(files_relationship(name, head["primaryId"]))
    if "Money" in kinds_used:
        changes |= currency_parts(name, columns)
    changes |= {(COLUMN, f"{name}.{column}"): part for column, part in columns.items()}
    changes |= {(ONE_TO_MANY, part["schemaName"]): part for part in relationships}
    commit(context, changes)
    add_message_filters(context, head)
    add_component(context, solution, ENTITY, table_id(name))
    return str(name)


def _head(context: Context, given: Mapping[str, Any], solution: Solution) -> dict[str, Any]:
    """The table's definition without columns."""
    schema = schema_name(given.get("SchemaName"), "table", solution.prefix)
    name = schema.lower()
    if context.catalog.find(name) is not None:
        raise error("InvalidSchemaName", name=schema)
    display = base_text(given.get("DisplayName"))
    if display is None:
        raise invalid("A table must have a DisplayName.")
    ownership = given.get("OwnershipType") or "UserOwned"
    if ownership not in _OWNERSHIPS:
        raise invalid(f"A table cannot have the ownership '{ownership}'.")
    is_activity = bool(given.get("IsActivity"))
    if is_activity and ownership != "UserOwned":
        raise invalid("Activities are owned by users or teams.")
    collection = given.get("CollectionSchemaName") or plural(schema)
    entity_set = given.get("EntitySetName")
    if entity_set:
        check_entity_set(context, entity_set)
    check_collection(context, collection)
    if not entity_set:
        entity_set = str(collection).lower()
        check_entity_set(context, entity_set)
    head: dict[str, Any] = {
        "logicalName": name,
        "schemaName": schema,
        "entitySetName": entity_set,
        "displayName": display,
        "displayCollectionName": base_text(given.get("DisplayCollectionName")) or plural(display),
        "collectionSchemaName": collection,
        "logicalCollectionName": str(collection).lower(),
        "objectTypeCode": context.store.next_number(TYPE_CODES, FIRST_TYPE_CODE),
        "ownership": ownership,
        "primaryId": "activityid" if is_activity else f"{name}id",
        "primaryName": "subject",
        "isActivity": is_activity,
        "flags": {**_NEW, **flags_of(given)},
    }
    if is_activity:
        head["base"] = POINTER
        head["flags"] |= {"hasActivities": False}
    return head


def check_entity_set(context: Context, name: Any) -> None:
    """Refuse the name of an entity set that is taken or no name.

    Raises:
        EmulatorError: 0x8006089B.
    """
    is_name = isinstance(name, str) and name.isascii() and name.replace("_", "").isalnum() and not name[0].isdigit()
    if not is_name or context.catalog.find_set(name) is not None:
        raise error("InvalidEntitySetName", name=str(name)[:100])


def check_collection(context: Context, name: str) -> None:
    """Refuse the name of a collection that is taken, by an entity set too, or no name.

    Raises:
        EmulatorError: 0x8006088E.
    """
    tables = map(context.catalog.table, context.catalog.table_names)
    lower = name.lower()
    is_taken = context.catalog.find_set(lower) is not None or any(
        (each.collection_schema_name or "").lower() == lower for each in tables
    )
    if is_taken or NAME.fullmatch(name) is None:
        raise error("InvalidCollectionName", name=name[:100])


def flag_name(member_name: str) -> str:
    """The name of the flag that a member of EntityMetadata is.

    >>> flag_name("HasNotes"), flag_name("IsSLAEnabled")
    ('hasNotes', 'isSLAEnabled')
    """
    return member_name[0].lower() + member_name[1:]


def flags_of(given: Mapping[str, Any]) -> dict[str, bool]:
    """The flags among the members of a definition."""
    found = {}
    for name in FLAGS:
        value = member(given.get(name))
        if value is not None:
            found[flag_name(name)] = bool(value)
    return found


def _add_attributes(
    context: Context,
    head: dict[str, Any],
    given: Any,
    columns: dict[str, dict[str, Any]],
    solution: Solution,
) -> None:
    """Add the columns that ride along, the primary name among them."""
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise invalid("Attributes must be a list of columns.")
    primary = [each for each in given if each.get("IsPrimaryName")]
    if len(primary) > 1:
        raise error("DuplicatePrimaryNameAttribute", table=head["logicalName"])
    if not primary and not head["isActivity"]:
        raise invalid("A table must have one column with IsPrimaryName.")
    for each in given:
        is_primary = bool(each.get("IsPrimaryName"))
        if is_primary and class_name(each) != "StringAttributeMetadata":
            raise invalid("The primary name must be a StringAttributeMetadata.")
        if is_primary and head["isActivity"]:
            continue  # activities have the subject
        part = column_part(context, head, each, solution)
        if not is_primary and part["type"] == "String" and part["logicalName"] == head["primaryName"]:
            continue  # the test suite of the official client names the primary column a second time
        check_new_column(part, columns, head["logicalName"])
        if is_primary:
            if part.get("format") != "Text":
                raise invalid("The format of the primary name must be Text.")
            head["primaryName"] = part["logicalName"]
        columns[part["logicalName"]] = part
        if part["type"] == "Image" and part["settings"].get("IsPrimaryImage"):
            head["primaryImage"] = part["logicalName"]
        for inner in companions(part):
            columns.setdefault(inner["logicalName"], inner)


def head_settings(
    catalog: Catalog, head: Mapping[str, Any], given: Mapping[str, Any], former: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members of a table that only its description knows, those that are not as on any table with that head.

    Args:
        head: the definition without columns, in the form of the definition files.
        given: what is said of the table, in the shape of the Web API.
        former: the description as it was, where labels of other languages stay.
    """
    plain = {name: value for name, value in head.items() if name != "settings"}
    usual = describe_table(compiled.bind_head(plain), catalog)
    return settings_of("EntityMetadata", given, usual, SETTABLE, former=former) or {}


@operation("CreateEntities")
def create_entities(context: Context, message: Operation) -> OperationResult:
    """Make several tables, all or none.

    Raises:
        EmulatorError: as ``create_entity``.
    """
    entities = message.parameters.get("Entities") or []
    for each in entities:
        if not isinstance(each, Mapping):
            raise invalid("Entities must be a list of tables.")
        create_entity(context, kinds.CreateEntity(each, message.parameters.get("SolutionUniqueName")))
    return OperationResult()


@handles(kinds.UpdateEntity)
def update_entity(context: Context, message: kinds.UpdateEntity) -> None:
    """Change a table's own members; names, ownership and the primary column stay.

    Raises:
        EmulatorError: 0x8004F663 for another entity set of a system table, 0x8006089B for one that is taken,
            0x80040203 for switching off what stays on.
    """
    table = context.catalog.table(message.table)
    name = table.logical_name
    former = describe_table(table, context.catalog)
    given = {**message.definition, "TableType": former["TableType"]}
    changes: Changes = {}
    flags = flags_of(given)
    for each in _FOR_GOOD:
        if member(former[each]) and flags.get(flag_name(each)) is False:
            raise invalid(f"{each} of the table {name} cannot be switched off again.")
    usual = flags_of(former)
    changed = {flag: value for flag, value in flags.items() if value != usual[flag]}
    change_head(
        context,
        name,
        changes,
        displayName=base_text(given.get("DisplayName")),
        displayCollectionName=base_text(given.get("DisplayCollectionName")),
    )
    head = changes[TABLE, name]
    assert head is not None
    if changed:
        head["flags"] = {**head.get("flags", {}), **changed}
    entity_set = given.get("EntitySetName")
    if entity_set and entity_set != table.entity_set_name:
        if not is_whole(context.catalog.part(TABLE, name)):
            raise error("CannotUpdateEntitySetName", table=name)
        check_entity_set(context, entity_set)
        head["entitySetName"] = entity_set
    whole = {**whole_head(table), **head, "flags": {**table.flags, **changed}}
    settings = head_settings(context.catalog, whole, given, former if message.merge_labels else None)
    stamps = {key: value for key, value in (table.settings or {}).items() if key in ("CreatedOn", "ModifiedOn")}
    head["settings"] = {**settings, **stamps}
    described = describe_table(compiled.bind_head({**whole, "settings": head["settings"]}), context.catalog)
    if _comparable(described) == _comparable(former):
        return
    head["settings"]["ModifiedOn"] = context.now
    if changed.get("hasNotes"):
        part = notes_relationship(name, table.primary_id)
        changes[ONE_TO_MANY, part["schemaName"]] = part
    if changed.get("hasActivities"):
        changes |= {
            (ONE_TO_MANY, part["schemaName"]): part for part in activity_relationships(context, name, table.primary_id)
        }
    commit(context, changes)


def _comparable(description: Mapping[str, Any]) -> dict[str, Any]:
    # one is told from the columns, which an unbound head has not
    left_out = ("CreatedOn", "ModifiedOn", "HasEmailAddresses")
    return {name: value for name, value in description.items() if name not in left_out}


def whole_head(table: Table) -> dict[str, Any]:
    """The head of a table as definition files write it, without texts, flags and settings."""
    return {
        "logicalName": table.logical_name,
        "schemaName": table.schema_name,
        "entitySetName": table.entity_set_name,
        "primaryId": table.primary_id,
        "primaryName": table.primary_name,
        "primaryImage": table.primary_image,
        "objectTypeCode": table.object_type_code,
        "collectionSchemaName": table.collection_schema_name,
        "logicalCollectionName": table.logical_collection_name,
        "ownership": table.ownership,
        "isActivity": table.is_activity,
        "isIntersect": table.is_intersect,
        "isBusinessProcessFlow": table.is_business_process_flow,
        "base": table.base,
        "privileges": table.privileges,
    }


@handles(kinds.DeleteEntity)
def delete_entity(context: Context, message: kinds.DeleteEntity) -> None:
    """Delete a table that a user made, its rows, its relationships and the lookups of others that point to it alone.

    Raises:
        EmulatorError: 0x80044250 for the platform's own and for intersect tables, which go with their relationship.
    """
    table = context.catalog.table(message.table)
    if not is_whole(context.catalog.part(TABLE, table.logical_name)) or table.is_intersect:
        raise error("MetadataRecordNotDeletable", name=table.logical_name)
    without_table(context, table)
