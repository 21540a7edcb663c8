"""The catalog and the operations as an entity data model (contract 07 §2.2).

Names are OData's from here on: a table is an entity type, a column a property, a relationship a pair of navigation
properties. What a base type declares is not declared again by the types that derive from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataverse_emulator.metadata.catalog import Catalog, Column, Table
from dataverse_emulator.metadata.classes import (
    DEFINITION_SETS,
    EXTRA_MEMBERS,
    NAMESPACE,
    NEVER_NULL,
    definition_classes,
    extra_members,
    is_kind_of,
    members_of,
)
from dataverse_emulator.metadata.operations import Operation, OperationCatalogue, Parameter, Structure, catalogue
from odata_protocol import model

ALIAS = "mscrm"
CONTAINER = "System"

_KEYS = "OData.Community.Keys.V1"
_DISPLAY = "OData.Community.Display.V1"
_CAPABILITIES = "Org.OData.Capabilities.V1"
_CORE = "Org.OData.Core.V1"

_REFERENCES = (
    model.Reference(f"http://vocabularies.odata.org/{_KEYS}.xml", _KEYS, "Keys"),
    model.Reference(f"http://vocabularies.odata.org/{_DISPLAY}.xml", _DISPLAY, "Display"),
)

_COMPUTED = model.Annotation(f"{_CORE}.Computed", True)
_READ = model.Annotation(f"{_CORE}.Permissions", model.EnumValue(f"{_CORE}.PermissionType/Read"))
_WRITE = model.Annotation(f"{_CORE}.Permissions", model.EnumValue(f"{_CORE}.PermissionType/Write"))

_FORMATS = tuple(
    f"application/json{level}{streaming}"
    for level in ("; odata.metadata=minimal", "; odata.metadata=full", "; odata.metadata=none", "")
    for streaming in ("; odata.streaming=true", "; odata.streaming=false", "")
)
_CONTAINER_ANNOTATIONS = (
    model.Annotation(
        f"{_CAPABILITIES}.ConformanceLevel", model.EnumValue(f"{_CAPABILITIES}.ConformanceLevelType/Intermediate")
    ),
    model.Annotation(f"{_CAPABILITIES}.FilterFunctions", ("contains", "endswith", "startswith")),
    model.Annotation(f"{_CORE}.DereferenceableIDs", True),
    model.Annotation(f"{_CORE}.ConventionalIDs", True),
    model.Annotation(f"{_CAPABILITIES}.BatchSupported", True),
    model.Annotation(f"{_CAPABILITIES}.AsynchronousRequestsSupported", False),
    model.Annotation(f"{_CAPABILITIES}.BatchContinueOnErrorSupported", False),
    model.Annotation(f"{_CAPABILITIES}.CrossJoinSupported", False),
    model.Annotation(f"{_CAPABILITIES}.SupportedFormats", (*_FORMATS, "application/xml")),
)
_SET_ANNOTATIONS = (
    model.Annotation(f"{_CAPABILITIES}.IndexableByKey", True),
    model.Annotation(f"{_CAPABILITIES}.SkipSupported", False),
    model.Annotation(f"{_CAPABILITIES}.SearchRestrictions", model.Record((("Searchable", False),))),
    model.Annotation(f"{_CAPABILITIES}.CountRestrictions", model.Record((("Countable", True),))),
)
_DEFINITION_BINDINGS = (
    model.NavigationBinding(f"{NAMESPACE}.BooleanAttributeMetadata/GlobalOptionSet", "GlobalOptionSetDefinitions"),
    model.NavigationBinding("ManyToManyRelationships", "RelationshipDefinitions"),
    model.NavigationBinding("ManyToOneRelationships", "RelationshipDefinitions"),
    model.NavigationBinding("OneToManyRelationships", "RelationshipDefinitions"),
    model.NavigationBinding(f"{NAMESPACE}.EnumAttributeMetadata/GlobalOptionSet", "GlobalOptionSetDefinitions"),
)


def build_edm(catalog: Catalog, operations: OperationCatalogue | None = None) -> model.Document:
    """The whole model of a service: tables, definition classes, operations and their types, the container."""
    return _Builder(catalog, operations or catalogue()).document()


class _Builder:
    def __init__(self, catalog: Catalog, operations: OperationCatalogue) -> None:
        self.catalog = catalog
        self.operations = operations
        self.tables = [catalog.table(name) for name in catalog.table_names]
        self.types = {table.logical_name: self.entity_type(table) for table in self.tables}

    def document(self) -> model.Document:
        entity_types = (
            model.EntityType("crmbaseentity", abstract=True),
            model.EntityType("expando", base=_own("crmbaseentity"), open=True),
            *self.types.values(),
            model.EntityType("crmmodelbaseentity", abstract=True),
            *_definition_types(),
        )
        enum_types = tuple(
            model.EnumType(each.name, tuple(model.EnumMember(*pair) for pair in each.members.items()), each.is_flags)
            for each in self.operations.enumerations.values()
        )
        taken = {each.name for each in entity_types} | {each.name for each in enum_types}
        callable_ones = [each for each in self.operations.operations if self._is_known(each, taken)]
        complex_types = [
            each
            for each in (*_complex_types(self.operations.complex_types), *_complex_twins(self.operations.complex_types))
            if each.name not in taken
        ]
        schema = model.Schema(
            namespace=NAMESPACE,
            alias=ALIAS,
            entity_types=entity_types,
            complex_types=tuple(complex_types),
            enum_types=enum_types,
            actions=tuple(_action(each) for each in callable_ones if each.is_action),
            functions=tuple(_function(each) for each in callable_ones if not each.is_action),
            container=self._container(callable_ones),
        )
        return model.Document((schema,), _REFERENCES)

    # ---- entity types

    def entity_type(self, table: Table) -> model.EntityType:
        base = None if table.base is None else self.catalog.table(table.base)
        is_principal = table.logical_name == "owner"
        if base is not None and base.logical_name == "owner":
            key = base.primary_id  # users and teams are principals; the key stands again in the derived type
            inherited = {base.primary_id}
        else:
            key = table.primary_id
            inherited = set() if base is None else set(base.properties)
        properties = {
            name: column
            for name, column in table.properties.items()
            if name not in inherited and (not is_principal or name == key)
        }
        return model.EntityType(
            name=table.edm_type_name,
            base=_own("crmbaseentity" if base is None else base.edm_type_name),
            abstract=is_principal or table.logical_name == "activitypointer",
            key=(key,),
            properties=tuple(_property(column) for column in properties.values()),
            navigation=tuple(self._navigation(table, base, properties)),
            annotations=_alternate_keys(table),
        )

    def _navigation(
        self, table: Table, base: Table | None, properties: Mapping[str, Column]
    ) -> Iterable[model.NavigationProperty]:
        """The navigation properties that the table itself declares, each name once."""
        name = table.logical_name
        # Those of the base are in table.navigation too; where a name is in both, the table's own came first.
        seen = set() if base is None else set(base.navigation)
        found: dict[str, model.NavigationProperty] = {}
        # A constraint stands only between properties that the two types declare themselves, as in the real document.
        for one in self.catalog.parents_of(name):
            navigation, column = one.referencing_navigation, table.columns.get(one.referencing_column)
            if navigation and column is not None and navigation not in seen:
                target = self.catalog.table(one.referenced_table)
                constraints: tuple[model.ReferentialConstraint, ...] = ()
                if column.edm_name and column.edm_name in properties and target.base != "activitypointer":
                    constraints = (model.ReferentialConstraint(column.edm_name, _key_property(target)),)
                type_name, partner = _own(target.edm_type_name), one.referenced_navigation
                found.setdefault(
                    navigation, model.NavigationProperty(navigation, type_name, False, partner, constraints)
                )
        for one in self.catalog.children_of(name):
            navigation = one.referenced_navigation
            if navigation and navigation not in seen:
                type_name = self._collection_of(one.referencing_table)
                partner = one.referencing_navigation
                found.setdefault(navigation, model.NavigationProperty(navigation, type_name, partner=partner))
        for many in self.catalog.links_of(name):
            for near, navigation, far, partner in (
                (many.table1, many.navigation1, many.table2, many.navigation2),
                (many.table2, many.navigation2, many.table1, many.navigation1),
            ):
                if near == name and navigation not in seen:
                    type_name = self._collection_of(far)
                    found.setdefault(navigation, model.NavigationProperty(navigation, type_name, partner=partner))
        return found.values()

    def _collection_of(self, logical_name: str) -> str:
        return f"Collection({_own(self.catalog.table(logical_name).edm_type_name)})"

    # ---- container

    def _is_known(self, operation: Operation, taken: set[str]) -> bool:
        """Whether the operation is bound to something that exists here."""
        bound = operation.bound_type
        return bound is None or bound in taken or bound in self.types

    def _container(self, operations: Iterable[Operation]) -> model.EntityContainer:
        sets = {table.edm_type_name: table.entity_set_name for table in self.tables if table.entity_set_name}
        imported = [each for each in operations if each.bound_type is None and not each.is_query_function]
        return model.EntityContainer(
            name=CONTAINER,
            entity_sets=(
                *(self._entity_set(table, sets) for table in self.tables if table.entity_set_name),
                *(
                    model.EntitySet(
                        name, f"{NAMESPACE}.{of}", _DEFINITION_BINDINGS if name == "EntityDefinitions" else ()
                    )
                    for name, of in DEFINITION_SETS.items()
                ),
            ),
            action_imports=tuple(
                model.ActionImport(each.name, f"{NAMESPACE}.{each.name}") for each in imported if each.is_action
            ),
            function_imports=tuple(
                model.FunctionImport(each.name, f"{NAMESPACE}.{each.name}") for each in imported if not each.is_action
            ),
            annotations=_CONTAINER_ANNOTATIONS,
        )

    def _entity_set(self, table: Table, sets: Mapping[str, str]) -> model.EntitySet:
        own = self.types[table.logical_name]
        bindings = []
        for navigation in own.navigation:
            target = sets.get(navigation.target.partition(".")[2])
            if target is not None:
                bindings.append(model.NavigationBinding(navigation.name, target))
        tracking = model.Annotation(
            f"{_CAPABILITIES}.ChangeTracking",
            model.Record((("Supported", table.flags.get("changeTrackingEnabled", False)),)),
        )
        return model.EntitySet(
            table.entity_set_name, f"{NAMESPACE}.{own.name}", tuple(bindings), (*_SET_ANNOTATIONS, tracking)
        )


def entity_set_names(catalog: Catalog) -> list[str]:
    """All entity sets of the container, without binding a table."""
    return [*catalog.entity_set_names, *DEFINITION_SETS]


# ---- parts of entity types -----------------------------------------------------------------------------------------


def _own(name: str) -> str:
    return f"{ALIAS}.{name}"


def _key_property(table: Table) -> str:
    column = table.columns.get(table.primary_id)
    return table.primary_id if column is None or column.edm_name is None else column.edm_name


def _property(column: Column) -> model.Property:
    assert column.edm_name is not None
    assert column.edm_type is not None
    annotations: tuple[model.Annotation, ...] = ()
    if column.is_lookup:
        if column.logical_name != "ownerid":
            annotations = (_COMPUTED, _READ)
    elif column.edm_read_only:
        annotations = (_COMPUTED, _READ) if column.source_type else (_READ,)
    elif not column.valid_for_read:
        annotations = (_WRITE,)
    return model.Property(
        column.edm_name,
        column.edm_type,
        unicode=_unicode(column.edm_type),
        scale="Variable" if column.edm_type == "Edm.Decimal" else None,
        annotations=annotations,
    )


def _unicode(type_name: str) -> bool | None:
    return False if model.element_type(type_name) == "Edm.String" else None


def _alternate_keys(table: Table) -> tuple[model.Annotation, ...]:
    """The annotation that declares alternate keys (contract 07 §2.2)."""
    keys = []
    for key in table.keys:
        names = [table.columns[name].edm_name for name in key.columns if name in table.columns]
        references = tuple(
            model.Record((("Alias", name), ("Name", model.PropertyPath(name))), f"{_KEYS}.PropertyRef")
            for name in names
            if name is not None
        )
        keys.append(model.Record((("Key", references),), f"{_KEYS}.AlternateKey"))
    return (model.Annotation(f"{_KEYS}.AlternateKeys", tuple(keys)),) if keys else ()


def _definition_types() -> Iterable[model.EntityType]:
    for each in definition_classes().values():
        yield model.EntityType(
            name=each.name,
            base=_own(each.base or "crmmodelbaseentity"),
            abstract=each.abstract,
            key=("MetadataId",) if each.name == "MetadataBase" else (),
            properties=tuple(
                _typed_property(name, kind, (each.name, name) not in NEVER_NULL)
                for name, kind in each.properties.items()
            ),
            navigation=tuple(
                model.NavigationProperty(
                    one.name,
                    f"Collection({_own(one.target)})" if one.many else _own(one.target),
                    nullable=None if one.many else False,
                    contains_target=one.contained,
                )
                for one in each.navigation
            ),
        )


def _typed_property(name: str, type_name: str, nullable: bool) -> model.Property:
    return model.Property(
        name,
        type_name,
        nullable=None if nullable else False,
        unicode=_unicode(type_name),
        scale="Variable" if type_name == "Edm.Decimal" else None,
    )


# ---- operations and their types ------------------------------------------------------------------------------------


def _written(of: Parameter) -> str:
    return f"Collection({of.type})" if of.collection else of.type


def _complex_types(structures: Mapping[str, Structure]) -> list[model.ComplexType]:
    found = []
    for name in (*structures, *(name for name in EXTRA_MEMBERS if name not in structures)):
        structure = structures.get(name) or Structure(name, None, False, False, (), (), ())
        members = {each.name: (_written(each), each.nullable) for each in structure.properties}
        for member, kind in extra_members(name).items():
            members.setdefault(member, (kind, True))
        found.append(
            model.ComplexType(
                name,
                base=None if structure.base_type is None else _own(structure.base_type),
                abstract=structure.is_abstract,
                open=structure.is_open,
                properties=tuple(_typed_property(member, *of) for member, of in members.items()),
                navigation=tuple(
                    model.NavigationProperty(each.name, _written(each), None if each.nullable else False)
                    for each in structure.navigation_properties
                ),
            )
        )
    return found


def _complex_twins(listed: Mapping[str, Structure]) -> Iterable[model.ComplexType]:
    """The ``Complex...`` types of columns and option sets in which messages answer definitions (contract 07 §3.1)."""
    for each in definition_classes().values():
        is_one = is_kind_of(each.name, "AttributeMetadata") or is_kind_of(each.name, "OptionSetMetadataBase")
        if not is_one or f"Complex{each.name}" in listed:
            continue
        is_root = each.base == "MetadataBase"
        members = {**members_of("MetadataBase"), **each.properties} if is_root else dict(each.properties)
        members |= {one.name: _own(f"Complex{one.target}") for one in each.navigation if one.name == "OptionSet"}
        yield model.ComplexType(
            f"Complex{each.name}",
            base=None if is_root else _own(f"Complex{each.base}"),
            properties=tuple(_typed_property(name, kind, True) for name, kind in members.items()),
        )


def _parameters(operation: Operation) -> tuple[model.Parameter, ...]:
    found = [
        model.Parameter(each.name, _written(each), None if each.nullable else False, _unicode(each.type))
        for each in operation.parameters
    ]
    if operation.bound_type is not None:
        of = _own("principal" if operation.bound_type == "owner" else operation.bound_type)
        if operation.bound_to_collection:
            found.insert(0, model.Parameter("entityset", f"Collection({of})", False))
        else:
            found.insert(0, model.Parameter("entity", of, False))
    return tuple(found)


def _returns(operation: Operation) -> model.ReturnType | None:
    of = operation.return_type
    return None if of is None else model.ReturnType(str(of), None if of.nullable else False, _unicode(of.name))


def _action(operation: Operation) -> model.Action:
    return model.Action(operation.name, _parameters(operation), _returns(operation), operation.bound_type is not None)


def _function(operation: Operation) -> model.Function:
    returns = _returns(operation) or model.ReturnType(_own("crmbaseentity"))
    return model.Function(operation.name, returns, _parameters(operation), operation.bound_type is not None)


def is_always_written(annotation: model.Annotation) -> bool:
    """Whether the annotation stands in the document when the client asks for none: those of the container."""
    return annotation in _CONTAINER_ANNOTATIONS
