"""The classes of definitions: the properties of ``EntityMetadata``, ``StringAttributeMetadata`` ..., and their types.

Contract 07 §3. The CSDL, the descriptions and the checks of ``$select`` and ``$filter`` are made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from dataverse_emulator.metadata.class_members import (
    ABSTRACT,
    CLASSES,
    EXTRA_MEMBERS,
    NEVER_NULL,
    ClassNavigation,
)

__all__ = [
    "DEFINITION_SETS",
    "EXTRA_MEMBERS",
    "FORGOTTEN",
    "NAMESPACE",
    "NEVER_NULL",
    "ClassNavigation",
    "DefinitionClass",
    "body_members",
    "definition_classes",
    "extra_members",
    "is_kind_of",
    "members_of",
    "navigation_of",
    "plain_class",
]

NAMESPACE = "Microsoft.Dynamics.CRM"


@dataclass(frozen=True, slots=True)
class DefinitionClass:
    """A class of definitions with its own (not inherited) properties: name → type as the CSDL writes it."""

    name: str
    base: str | None
    abstract: bool
    properties: Mapping[str, str]
    navigation: tuple[ClassNavigation, ...]


DEFINITION_SETS: dict[str, str] = {
    "EntityDefinitions": "EntityMetadata",
    "GlobalOptionSetDefinitions": "OptionSetMetadataBase",
    "ManagedPropertyDefinitions": "ManagedPropertyMetadata",
    "RelationshipDefinitions": "RelationshipMetadataBase",
}
"""Entity set of definitions → class of its items (contract 07 §1)."""


def extra_members(complex_type: str) -> dict[str, str]:
    """Name → type of the members that a complex type has beside those of the operation catalogue."""
    return _ungrouped(EXTRA_MEMBERS.get(complex_type, {}))


FORGOTTEN: frozenset[str] = frozenset(
    {
        *("AutoReplicateClusterRecords", "CanChangeClusterMode", "ClusterMode", "DefaultToLocalPartition"),
        *("PrimaryKey", "CanBeRecordFilter", "EntitySetSchemaName", "Lookup"),
    }
)
"""Members that newer environments have and the emulator does not show: taken and forgotten (contract 07 §3.2)."""


def plain_class(type_text: str) -> str:
    """The class that an ``@odata.type`` names, without namespace and the ``Complex`` of its twin in operations.

    >>> plain_class("#Microsoft.Dynamics.CRM.ComplexStringAttributeMetadata")
    'StringAttributeMetadata'
    """
    return type_text.rpartition(".")[2].removeprefix("Complex")


@cache
def body_members(type_name: str) -> Mapping[str, str] | None:
    """Name → type of what a body may say of a definition, or of a complex value in one, beside what the operation
    catalogue lists; None where the type is neither. The ``Complex...`` twins of the classes have the same members.
    """
    name = type_name.removeprefix("Complex")
    if name not in definition_classes():
        return extra_members(name) if name in _values_in_definitions() else None
    leads_to = {
        each.name: f"Collection(mscrm.{each.target})" if each.many else f"mscrm.{each.target}"
        for each in navigation_of(name).values()
    }
    return {**dict.fromkeys(FORGOTTEN, "Edm.Untyped"), **leads_to, **members_of(name)}


@cache
def _values_in_definitions() -> frozenset[str]:
    """The complex types that members of definitions have, by their names without namespace."""
    inner = ("LocalizedLabel", "StateOptionMetadata", "StatusOptionMetadata")
    kinds = (kind for each in definition_classes().values() for kind in each.properties.values())
    plain = (kind.removeprefix("Collection(").removesuffix(")").removeprefix("mscrm.") for kind in kinds)
    return frozenset({*(kind for kind in plain if not kind.startswith("Edm.")), *inner})


@cache
def definition_classes() -> Mapping[str, DefinitionClass]:
    """All classes by name, base classes before derived ones."""
    return {
        name: DefinitionClass(
            name,
            base,
            name in ABSTRACT,
            _ungrouped(groups),
            navigation,
        )
        for name, (base, groups, navigation) in CLASSES.items()
    }


@cache
def members_of(name: str) -> Mapping[str, str]:
    """Property → type of a class, inherited ones first."""
    found = definition_classes().get(name)
    if found is None:
        return {}
    return {**(members_of(found.base) if found.base else {}), **found.properties}


@cache
def navigation_of(name: str) -> Mapping[str, ClassNavigation]:
    """Navigation properties of a class by name, inherited ones first."""
    found = definition_classes().get(name)
    if found is None:
        return {}
    inherited = navigation_of(found.base) if found.base else {}
    return {**inherited, **{each.name: each for each in found.navigation}}


def is_kind_of(name: str, base: str) -> bool:
    """The class is ``base`` or derives from it."""
    current: str | None = name
    while current is not None and current != base:
        found = definition_classes().get(current)
        current = None if found is None else found.base
    return current is not None


def _ungrouped(groups: Mapping[str, str]) -> dict[str, str]:
    return {member: _written(kind) for kind, members in groups.items() for member in members.split()}


def _written(kind: str) -> str:
    """A type's name as the CSDL writes it, with alias."""
    if kind.startswith("Collection("):
        return f"Collection({_written(kind[11:-1])})"
    return kind if kind.startswith("Edm.") else f"mscrm.{kind}"
