"""The entity data model as values: types, properties, navigation properties, operations, the container.

Names of types are written as they stand in a document: ``Edm.String``, ``mscrm.account`` (alias or namespace before the
dot), ``Collection(mscrm.task)``. Every value is frozen; ``Schema`` looks its members up by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias, TypeVar

# ---- annotations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A member of an enum type as an annotation's value: ``Org.OData.Core.V1.PermissionType/Read``."""

    path: str


@dataclass(frozen=True, slots=True)
class PropertyPath:
    """The path of a property as an annotation's value."""

    path: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record as an annotation's value: property name → value; ``type`` where it must be told."""

    values: tuple[tuple[str, AnnotationValue], ...]
    type: str | None = None


AnnotationValue: TypeAlias = "bool | int | str | EnumValue | PropertyPath | Record | tuple[AnnotationValue, ...]"


@dataclass(frozen=True, slots=True)
class Annotation:
    """``term`` applied to the model element that holds the annotation; a tuple stands for a collection."""

    term: str
    value: AnnotationValue


# ---- types ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Property:
    """A structural property. ``nullable``, ``unicode``, ``scale`` are None where the document leaves the facet out."""

    name: str
    type: str
    nullable: bool | None = None
    unicode: bool | None = None
    scale: str | None = None
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferentialConstraint:
    """``property`` of this type holds the value of ``referenced`` of the other one."""

    property: str
    referenced: str


@dataclass(frozen=True, slots=True)
class NavigationProperty:
    """A navigation property; ``partner`` is the name of the one that leads back."""

    name: str
    type: str
    nullable: bool | None = None
    partner: str | None = None
    constraints: tuple[ReferentialConstraint, ...] = ()
    contains_target: bool = False
    annotations: tuple[Annotation, ...] = ()

    @property
    def is_collection(self) -> bool:
        """Leads to many entities."""
        return self.type.startswith("Collection(")

    @property
    def target(self) -> str:
        """The entity type on the other side, as written."""
        return element_type(self.type)


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type; inherited properties are not repeated, the key may be."""

    name: str
    base: str | None = None
    abstract: bool = False
    open: bool = False
    key: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()
    navigation: tuple[NavigationProperty, ...] = ()
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class ComplexType:
    """A structured type without a key."""

    name: str
    base: str | None = None
    abstract: bool = False
    open: bool = False
    properties: tuple[Property, ...] = ()
    navigation: tuple[NavigationProperty, ...] = ()
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class EnumMember:
    """A name and its number."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enumeration; the members of one with ``is_flags`` can be joined."""

    name: str
    members: tuple[EnumMember, ...]
    is_flags: bool = False
    underlying: str | None = None


StructuredType: TypeAlias = EntityType | ComplexType


# ---- operations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an action or function; the first one of a bound operation is what it is bound to."""

    name: str
    type: str
    nullable: bool | None = None
    unicode: bool | None = None


@dataclass(frozen=True, slots=True)
class ReturnType:
    """What an operation answers."""

    type: str
    nullable: bool | None = None
    unicode: bool | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """An operation that may change something; overloads are several actions of one name."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: ReturnType | None = None
    is_bound: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """An operation that only reads; overloads are several functions of one name."""

    name: str
    returns: ReturnType
    parameters: tuple[Parameter, ...] = ()
    is_bound: bool = False
    is_composable: bool = False


# ---- container -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NavigationBinding:
    """Where the entities of a navigation property live: ``path`` from the set's type, ``target`` an entity set."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class EntitySet:
    """A named collection of entities; ``entity_type`` is the type's name with namespace."""

    name: str
    entity_type: str
    bindings: tuple[NavigationBinding, ...] = ()
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionImport:
    """An unbound action that can be called from the service root."""

    name: str
    action: str
    entity_set: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionImport:
    """An unbound function that can be called from the service root."""

    name: str
    function: str
    entity_set: str | None = None


@dataclass(frozen=True, slots=True)
class EntityContainer:
    """What a service offers below its root."""

    name: str
    entity_sets: tuple[EntitySet, ...] = ()
    action_imports: tuple[ActionImport, ...] = ()
    function_imports: tuple[FunctionImport, ...] = ()
    annotations: tuple[Annotation, ...] = ()


# ---- schema and document -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schema:
    """The members of one namespace."""

    namespace: str
    alias: str | None = None
    entity_types: tuple[EntityType, ...] = ()
    complex_types: tuple[ComplexType, ...] = ()
    enum_types: tuple[EnumType, ...] = ()
    actions: tuple[Action, ...] = ()
    functions: tuple[Function, ...] = ()
    container: EntityContainer | None = None
    annotations: tuple[Annotation, ...] = ()
    _types: Mapping[str, EntityType | ComplexType | EnumType] = field(init=False, repr=False, compare=False)
    _sets: Mapping[str, EntitySet] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[str, EntityType | ComplexType | EnumType] = {}
        for kind in (self.entity_types, self.complex_types, self.enum_types):
            for member in kind:
                named[member.name] = member
        sets = () if self.container is None else self.container.entity_sets
        object.__setattr__(self, "_types", MappingProxyType(named))
        object.__setattr__(self, "_sets", MappingProxyType({each.name: each for each in sets}))

    def local_name(self, name: str) -> str | None:
        """The name without namespace or alias (and without ``Collection()``), or None where it is not of this schema.

        A name without a dot is taken as one of this schema.
        """
        qualifier, dot, local = element_type(name).rpartition(".")
        if dot and qualifier != self.namespace and qualifier != self.alias:
            return None
        return local

    def find_type(self, name: str) -> EntityType | ComplexType | EnumType | None:
        """The type of that name, with or without namespace or alias, or None."""
        local = self.local_name(name)
        return None if local is None else self._types.get(local)

    def find_set(self, name: str) -> EntitySet | None:
        """The entity set of that name, or None."""
        return self._sets.get(name)

    def lineage(self, type_: StructuredType) -> Iterator[StructuredType]:
        """The type itself, then its base types up to the root."""
        current: StructuredType | None = type_
        while current is not None:
            yield current
            found = None if current.base is None else self.find_type(current.base)
            current = found if isinstance(found, EntityType | ComplexType) else None

    def derives_from(self, type_: StructuredType, base: str) -> bool:
        """The type is ``base`` or has it among its base types."""
        local = self.local_name(base)
        return any(each.name == local for each in self.lineage(type_))

    def properties_of(self, type_: StructuredType) -> dict[str, Property]:
        """All properties by name, those of the root first."""
        return _inherited([each.properties for each in self.lineage(type_)])

    def navigation_of(self, type_: StructuredType) -> dict[str, NavigationProperty]:
        """All navigation properties by name, those of the root first."""
        return _inherited([each.navigation for each in self.lineage(type_)])

    def key_of(self, type_: EntityType) -> tuple[str, ...]:
        """The names of the key properties, which a base type may declare."""
        for each in self.lineage(type_):
            if isinstance(each, EntityType) and each.key:
                return each.key
        return ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A vocabulary that the document refers to."""

    uri: str
    namespace: str
    alias: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole metadata document."""

    schemas: tuple[Schema, ...]
    references: tuple[Reference, ...] = ()
    version: str = "4.0"


_Member = TypeVar("_Member", Property, NavigationProperty)


def element_type(type_name: str) -> str:
    """The type of the elements of a collection type; any other name as it is.

    >>> element_type("Collection(mscrm.task)"), element_type("Edm.Guid")
    ('mscrm.task', 'Edm.Guid')
    """
    return type_name[11:-1] if type_name.startswith("Collection(") else type_name


def _inherited(layers: list[tuple[_Member, ...]]) -> dict[str, _Member]:
    return {member.name: member for layer in reversed(layers) for member in layer}
