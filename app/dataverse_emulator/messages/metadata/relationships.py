"""CreateOneToMany, CreateManyToMany, UpdateRelationship, DeleteRelationship, lookups with several targets (07 §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, handles, operation
from dataverse_emulator.messages.metadata import kinds
from dataverse_emulator.messages.metadata.columns import head_of, new_column
from dataverse_emulator.messages.metadata.elastic import no_cascades
from dataverse_emulator.messages.metadata.given import MENU_MEMBERS, differing, invalid, settings_of
from dataverse_emulator.messages.metadata.intersects import intersect_columns, intersect_head
from dataverse_emulator.messages.metadata.names import schema_name
from dataverse_emulator.messages.metadata.parts import Changes, commit
from dataverse_emulator.messages.metadata.removal import without_relationship
from dataverse_emulator.messages.metadata.solutions import RELATIONSHIP, Solution, add_component, find_solution
from dataverse_emulator.messages.metadata.system_columns import CUSTOM, name_columns
from dataverse_emulator.messages.metadata.tables import FIRST_TYPE_CODE, TYPE_CODES
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.catalog import ColumnType, ManyToMany, OneToMany, Table
from dataverse_emulator.metadata.compiled import CASCADE_ACTIONS
from dataverse_emulator.metadata.describe import column_id, describe_relationship, relationship_id
from dataverse_emulator.metadata.describe.relationships import MENUS
from dataverse_emulator.metadata.overlay import COLUMN, MANY_TO_MANY, ONE_TO_MANY, TABLE
from dataverse_emulator.metadata.written import write_relationship

_CUSTOMERS = ("account", "contact")
_CASCADES = ("NoCascade", "Cascade", "Active", "UserOwned", "RemoveLink", "Restrict")
SETTINGS = ("IsValidForAdvancedFind", "IsCustomizable")


@handles(kinds.CreateOneToMany)
def create_one_to_many(context: Context, message: kinds.CreateOneToMany) -> str:
    """Make a 1:N relationship with its lookup; for a lookup that is there already, a further target.

    Raises:
        EmulatorError: names (07 §4), 0x8004432B, 0x80047013 and 0x80072551 for names that are taken.
    """
    solution = find_solution(context, message.solution)
    given = message.definition
    lookup = given.get("Lookup")
    if not isinstance(lookup, Mapping):
        raise invalid("A 1:N relationship must come with its Lookup.")
    changes: Changes = {}
    _add_relationship(context, changes, given, lookup, solution, ColumnType.LOOKUP, many=False)
    commit(context, changes)
    name = str(given["SchemaName"])
    add_component(context, solution, RELATIONSHIP, relationship_id(name))
    return name


def _add_relationship(
    context: Context,
    changes: Changes,
    given: Mapping[str, Any],
    lookup: Mapping[str, Any],
    solution: Solution,
    kind: ColumnType,
    *,
    many: bool,
) -> None:
    """Add a 1:N relationship to the changes, and its lookup where it is not there yet.

    Args:
        many: the lookup is made with several targets, so navigation properties carry the target's name.
    """
    name = _new_name(context, given.get("SchemaName"), solution, changes)
    referenced, referencing = _table(context, given, "ReferencedEntity"), _table(context, given, "ReferencingEntity")
    key = given.get("ReferencedAttribute") or referenced.primary_id
    if key != referenced.primary_id:
        raise invalid(f"ReferencedAttribute must be the primary key of {referenced.logical_name}.")
    schema = schema_name(lookup.get("SchemaName"), "column", solution.prefix)
    column_name = schema.lower()
    place = (COLUMN, f"{referencing.logical_name}.{column_name}")
    present = referencing.columns.get(column_name)
    if present is None:
        if place not in changes:
            changes |= _lookup_parts(context, referencing, schema, lookup, kind, referenced.logical_name, solution)
    elif not (present.is_custom and present.type is ColumnType.LOOKUP) or referenced.logical_name in present.targets:
        raise error("DuplicateAttributeSchemaName", name=schema, table=referencing.logical_name)
    else:
        many = True
    cascade = _cascade(given.get("CascadeConfiguration"), referenced.logical_name)
    if referenced.is_elastic or referencing.is_elastic:
        cascade = no_cascades(_sent_cascade(given.get("CascadeConfiguration")))
    own = given.get("ReferencedEntityNavigationPropertyName") or name
    other = given.get("ReferencingEntityNavigationPropertyName") or (
        f"{schema}_{referenced.logical_name}" if many else schema
    )
    _check_navigation(referenced, own)
    _check_navigation(referencing, other)
    part = {
        "schemaName": name,
        "referencedTable": referenced.logical_name,
        "referencedColumn": key,
        "referencedNavigation": own,
        "referencingTable": referencing.logical_name,
        "referencingColumn": column_name,
        "referencingNavigation": other,
        "cascade": cascade,
        "isHierarchical": bool(given.get("IsHierarchical")),
        "isCustom": True,
    }
    changes[ONE_TO_MANY, name] = relationship_part(part, given)


def _lookup_parts(
    context: Context,
    table: Table,
    schema: str,
    lookup: Mapping[str, Any],
    kind: ColumnType,
    target: str,
    solution: Solution,
) -> Changes:
    parts = [new_column(context, head_of(table), schema, str(kind), lookup, solution)]
    parts += name_columns(schema.lower(), schema, target, CUSTOM)
    return {(COLUMN, f"{table.logical_name}.{each['logicalName']}"): each for each in parts}


def _new_name(context: Context, given: Any, solution: Solution, changes: Changes) -> str:
    name = schema_name(given, "relationship", solution.prefix)
    lower = name.lower()
    taken = any(text.lower() == lower for kind, text in changes if kind in (ONE_TO_MANY, MANY_TO_MANY))
    if taken or find_relationship(context, name) is not None:
        raise error("EntityRelationshipSchemaNameNotUnique", name=name)
    return name


def find_relationship(context: Context, name: str) -> OneToMany | ManyToMany | None:
    """The relationship of that schema name, without regard to case."""
    lower = name.lower()
    for table in context.catalog.table_names:
        known: list[OneToMany | ManyToMany] = [*context.catalog.children_of(table), *context.catalog.links_of(table)]
        for found in known:
            if found.schema_name.lower() == lower:
                return found
    return None


def _table(context: Context, given: Mapping[str, Any], member: str) -> Table:
    """The table that a relationship names.

    Raises:
        EmulatorError: 0x80041102 when there is none; 0x80040203 for intersect tables.
    """
    name = given.get(member)
    if not isinstance(name, str) or not name:
        raise invalid(f"The relationship's {member} is missing.")
    table = context.catalog.table(name.lower())
    if table.is_intersect:
        raise invalid(f"The table {table.logical_name} cannot take part in relationships.")
    return table


def _check_navigation(table: Table, name: Any) -> None:
    """Refuse the name of a navigation property that is taken.

    Raises:
        EmulatorError: 0x80072551.
    """
    if not isinstance(name, str) or not name.replace("_", "").isalnum():
        raise invalid("The name of a navigation property must be a name.")
    if name in table.navigation or name in table.properties:
        raise error("NavigationPropertyAlreadyExists", name=name, table=table.logical_name)


def _cascade(given: Any, referenced: str) -> dict[str, str]:
    """The cascade settings, unset ones as the platform fills them; rows of customers alone can be merged."""
    cascade = {"Delete": "RemoveLink", "Merge": "Cascade", **_sent_cascade(given)}
    if referenced not in _CUSTOMERS:
        cascade["Merge"] = "NoCascade"
    return {action: cascade.get(action, "NoCascade") for action in CASCADE_ACTIONS}


def _sent_cascade(given: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for action in CASCADE_ACTIONS:
        setting = given.get(action) if isinstance(given, Mapping) else None
        if setting is not None:
            if setting not in _CASCADES:
                raise invalid(f"The cascade setting '{setting}' is not known.")
            found[action] = setting
    return found


def relationship_part(
    part: dict[str, Any], given: Mapping[str, Any], former: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The relationship's definition with the members that only its description knows.

    Args:
        part: the definition, in the form of the definition files.
        given: what is said of it, in the shape of the Web API.
        former: the description as it was, where labels of other languages stay.
    """
    plain = {name: value for name, value in part.items() if name != "settings"}
    bound = _bind(plain)
    usual = describe_relationship(bound)
    kind = "OneToManyRelationshipMetadata" if isinstance(bound, OneToMany) else "ManyToManyRelationshipMetadata"
    settings = relationship_settings(kind, given, usual, former)
    return {**plain, "settings": settings} if settings else plain


def relationship_settings(
    kind: str, given: Mapping[str, Any], usual: Mapping[str, Any], former: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members of a relationship that only its description knows, those that are not as usual.

    Args:
        kind: the class of the definition.
        given: what is said of it, in the shape of the Web API.
        usual: the description without them.
        former: the description as it was, where labels of other languages stay.
    """
    settings = settings_of(kind, given, usual, SETTINGS, former=former) or {}
    for name in MENUS:
        menu = given.get(name)
        if name in usual and isinstance(menu, Mapping):
            sent = {key: value for key, value in menu.items() if value is not None}
            merged = former.get(name) if former is not None else None
            found = differing(MENU_MEMBERS, sent, usual[name], MENU_MEMBERS, merged)
            if found:
                settings[name] = found
    return settings


def _bind(part: Mapping[str, Any]) -> OneToMany | ManyToMany:
    is_many = "intersectTable" in part
    ones, manies, cascades = compiled.compile_relationships(
        {"oneToMany": [] if is_many else [part], "manyToMany": [part] if is_many else []}
    )
    return compiled.bind_many_to_many(manies)[0] if is_many else compiled.bind_one_to_many(ones, cascades)[0]


@handles(kinds.CreateManyToMany)
def create_many_to_many(context: Context, message: kinds.CreateManyToMany) -> str:
    """Make an N:N relationship with its intersect table.

    Raises:
        EmulatorError: names (07 §4), 0x8004432B, 0x8004700B and 0x80072551 for names that are taken.
    """
    given = message.definition
    solution = find_solution(context, message.solution)
    changes: Changes = {}
    name = _new_name(context, given.get("SchemaName"), solution, changes)
    one, two = _table(context, given, "Entity1LogicalName"), _table(context, given, "Entity2LogicalName")
    if one.is_elastic or two.is_elastic:
        raise invalid("Elastic tables cannot take part in N:N relationships.")
    schema = schema_name(given.get("IntersectEntityName") or name, "table", solution.prefix)
    intersect = schema.lower()
    if context.catalog.find(intersect) is not None:
        raise error("InvalidSchemaName", name=schema)
    navigation1 = given.get("Entity1NavigationPropertyName") or name
    navigation2 = given.get("Entity2NavigationPropertyName") or name
    _check_navigation(one, navigation1)
    _check_navigation(two, navigation2)
    column1, column2 = one.primary_id, two.primary_id
    if column1 == column2:
        column1, column2 = f"{column1}one", f"{column2}two"
        if one is two and navigation1 == navigation2:
            navigation2 = f"{navigation2}_referenced"  # inferred: one name cannot lead both ways
    part = {
        "schemaName": name,
        "table1": one.logical_name,
        "table2": two.logical_name,
        "intersectTable": intersect,
        "column1": column1,
        "column2": column2,
        "navigation1": navigation1,
        "navigation2": navigation2,
        "isCustom": True,
    }
    changes[MANY_TO_MANY, name] = relationship_part(part, given)
    changes |= _intersect_parts(context, schema, column1, column2)
    commit(context, changes)
    add_component(context, solution, RELATIONSHIP, relationship_id(name))
    return name


def _intersect_parts(context: Context, schema: str, column1: str, column2: str) -> Changes:
    """The intersect table with its columns."""
    name = schema.lower()
    head = {
        **intersect_head(schema),
        "objectTypeCode": context.store.next_number(TYPE_CODES, FIRST_TYPE_CODE),
        "settings": {"CreatedOn": context.now, "ModifiedOn": context.now},
    }
    columns = intersect_columns(schema, column1, column2)
    return {(TABLE, name): head, **{(COLUMN, f"{name}.{each['logicalName']}"): each for each in columns}}


@handles(kinds.UpdateRelationship)
def update_relationship(context: Context, message: kinds.UpdateRelationship) -> None:
    """Change cascades, menus and the like; names and tables stay.

    Raises:
        EmulatorError: 0x80060888 (404) when it is not there, 0x80040203 for unknown settings.
    """
    given = message.definition
    found = find_relationship(context, message.schema_name)
    if found is None:
        raise _missing(message.schema_name)
    part = write_relationship(found)
    if isinstance(found, OneToMany):
        sent = _sent_cascade(given.get("CascadeConfiguration"))
        ends = (found.referenced_table, found.referencing_table)
        is_elastic = found.is_custom and any(context.catalog.table(name).is_elastic for name in ends)
        part["cascade"] = no_cascades(sent) if is_elastic else {**part["cascade"], **sent}
        if given.get("IsHierarchical") is not None:
            part["isHierarchical"] = bool(given["IsHierarchical"])
    former = describe_relationship(found)
    part = relationship_part(part, given, former if message.merge_labels else None)
    if describe_relationship(_bind(part)) != former:
        kind = ONE_TO_MANY if isinstance(found, OneToMany) else MANY_TO_MANY
        commit(context, {(kind, found.schema_name): part})


@handles(kinds.DeleteRelationship)
def delete_relationship(context: Context, message: kinds.DeleteRelationship) -> None:
    """Delete a relationship that a user made, with its lookup or its links.

    Raises:
        EmulatorError: 0x80060888 (404) when it is not there, 0x80044250 for the platform's own, 0x8004F01F while a
            key uses the lookup.
    """
    found = find_relationship(context, message.schema_name)
    if found is None:
        raise _missing(message.schema_name)
    if not found.is_custom:
        raise error("MetadataRecordNotDeletable", name=found.schema_name)
    without_relationship(context, found)


def _missing(name: str) -> Exception:
    return error("DefinitionNotFound", kind="RelationshipMetadataBase", key="SchemaName", value=name)


@operation("CreateCustomerRelationships")
def create_customer_relationships(context: Context, message: Operation) -> OperationResult:
    """Make a customer lookup: one column that points to accounts and contacts.

    Raises:
        EmulatorError: as ``create_one_to_many``; 0x80040203 for other tables than those two.
    """
    named = {one.get("ReferencedEntity") for one in message.parameters.get("OneToManyRelationships") or ()}
    if named != set(_CUSTOMERS):
        raise invalid("A customer lookup must have two relationships: with account and with contact.")
    return _create_lookup(context, message, ColumnType.CUSTOMER)


@operation("CreatePolymorphicLookupAttribute")
def create_polymorphic_lookup(context: Context, message: Operation) -> OperationResult:
    """Make a lookup that points to rows of several tables.

    Raises:
        EmulatorError: as ``create_one_to_many``.
    """
    return _create_lookup(context, message, ColumnType.LOOKUP)


def _create_lookup(context: Context, message: Operation, kind: ColumnType) -> OperationResult:
    lookup = message.parameters.get("Lookup")
    relationships = message.parameters.get("OneToManyRelationships") or []
    if not isinstance(lookup, Mapping) or not relationships:
        raise invalid("A lookup must have at least one relationship.")
    tables = {str(one.get("ReferencingEntity")).lower() for one in relationships}
    if len(tables) != 1:
        raise invalid("All relationships of a lookup must have the same ReferencingEntity.")
    solution = find_solution(context, message.parameters.get("SolutionUniqueName"))
    table = context.catalog.table(tables.pop())
    name = schema_name(lookup.get("SchemaName"), "column", solution.prefix)
    if name.lower() in table.columns:
        raise error("DuplicateAttributeSchemaName", name=name, table=table.logical_name)
    changes: Changes = {}
    for one in relationships:
        _add_relationship(context, changes, one, lookup, solution, kind, many=True)
    commit(context, changes)
    ids = [relationship_id(text) for part_kind, text in changes if part_kind == ONE_TO_MANY]
    for id in ids:
        add_component(context, solution, RELATIONSHIP, id)
    column = context.catalog.table(table.logical_name).column(name.lower())
    return OperationResult(members={"RelationshipIds": ids, "AttributeId": column_id(column)})
