"""Which tables may take part in relationships (contract 07 §8)."""

from __future__ import annotations

from collections.abc import Callable

from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.definitions.retrieving import defined_table
from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.metadata.describe import describe_table

_REFERENCED = "CanBePrimaryEntityInRelationship"
_REFERENCING = "CanBeRelatedEntityInRelationship"
_MANY_TO_MANY = "CanBeInManyToMany"


def _answers(name: str, role: str) -> Callable[[Context, Operation], OperationResult]:
    def answer(context: Context, message: Operation) -> OperationResult:
        table = defined_table(context.catalog, message.parameters["EntityName"])
        return OperationResult({name: _allows(context.catalog, table, role)})

    return answer


operation("CanBeReferenced", reads=True)(_answers("CanBeReferenced", _REFERENCED))
operation("CanBeReferencing", reads=True)(_answers("CanBeReferencing", _REFERENCING))
operation("CanManyToMany", reads=True)(_answers("CanManyToMany", _MANY_TO_MANY))


@operation("GetValidManyToMany", reads=True)
def get_valid_many_to_many(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """The tables that can take part in an N:N relationship."""
    return _names(context.catalog, _MANY_TO_MANY)


@operation("GetValidReferencedEntities", reads=True)
def get_valid_referenced_entities(context: Context, message: Operation) -> OperationResult:
    """The tables that can be the "one" of a 1:N relationship; the "many" may be named.

    Raises:
        EmulatorError: 0x80060888 for an unknown table.
    """
    return _partners(context.catalog, message.parameters.get("ReferencingEntityName"), _REFERENCING, _REFERENCED)


@operation("GetValidReferencingEntities", reads=True)
def get_valid_referencing_entities(context: Context, message: Operation) -> OperationResult:
    """The tables that can be the "many" of a 1:N relationship; the "one" may be named.

    Raises:
        EmulatorError: 0x80060888 for an unknown table.
    """
    return _partners(context.catalog, message.parameters.get("ReferencedEntityName"), _REFERENCED, _REFERENCING)


def _partners(catalog: Catalog, other: str | None, role_of_other: str, role: str) -> OperationResult:
    if other and not _allows(catalog, defined_table(catalog, other), role_of_other):
        return OperationResult({"EntityNames": []})
    return _names(catalog, role)


def _names(catalog: Catalog, role: str) -> OperationResult:
    names = [name for name in catalog.table_names if _allows(catalog, catalog.table(name), role)]
    return OperationResult({"EntityNames": names})


def _allows(catalog: Catalog, table: Table, role: str) -> bool:
    """The managed property says so; intersect tables and the abstract owner never may (inferred)."""
    if table.is_intersect or table.logical_name == "owner" or not table.entity_set_name:
        return False
    return bool(describe_table(table, catalog)[role]["Value"])
