"""RetrieveDependenciesForDelete: what stands in the way of deleting a component (contract 07 §12 call 28).

Only components of the schema are known here: lookups that point to a table, keys that hold a column, columns that use a
global option set (inferred; forms, views and processes are not looked through).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.definitions.retrieving import find_table
from dataverse_emulator.messages.metadata.solutions import ATTRIBUTE, ENTITY, KEY, OPTION_SET
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.describe import column_id, key_id, metadata_id, option_set_id

_PUBLISHED = 2


@operation("RetrieveDependentComponents", reads=True)
@operation("RetrieveDependenciesForDelete", reads=True)
def retrieve_dependencies_for_delete(context: Context, message: Operation) -> OperationResult:
    """One row of ``dependency`` for each component that needs the given one; the rows are not kept anywhere."""
    kind, identifier = message.parameters["ComponentType"], message.parameters["ObjectId"]
    found = dependents(context.catalog, kind, identifier)
    return OperationResult({"value": [dependency_row(kind, identifier, *each) for each in found]})


def dependents(catalog: Catalog, kind: int, identifier: str) -> Iterator[tuple[int, str]]:
    """Type and id of the components that need the one of that type and id."""
    return _DEPENDENTS.get(kind, _none)(catalog, identifier)


def dependency_row(kind: int, identifier: str, dependent_kind: int, dependent: str) -> dict[str, Any]:
    """A row of ``dependency``: the second component needs the first."""
    return {
        "dependencyid": metadata_id("dependency", identifier, dependent),
        "dependencytype": _PUBLISHED,
        "dependentcomponenttype": dependent_kind,
        "dependentcomponentobjectid": dependent,
        "requiredcomponenttype": kind,
        "requiredcomponentobjectid": identifier,
    }


def _of_table(catalog: Catalog, identifier: str) -> Iterator[tuple[int, str]]:
    name = find_table(catalog, identifier)
    if name is None:
        return
    seen = set()
    for one in catalog.children_of(name):
        place = (one.referencing_table, one.referencing_column)
        table = catalog.table(one.referencing_table)
        if one.referencing_table != name and place not in seen and one.referencing_column in table.columns:
            seen.add(place)
            yield ATTRIBUTE, column_id(table.columns[one.referencing_column])


def _of_column(catalog: Catalog, identifier: str) -> Iterator[tuple[int, str]]:
    for name in catalog.table_names:
        table = catalog.table(name)
        for key in table.keys:
            if any(column_id(table.columns[each]) == identifier for each in key.columns if each in table.columns):
                yield KEY, key_id(name, key.logical_name)


def _of_option_set(catalog: Catalog, identifier: str) -> Iterator[tuple[int, str]]:
    for name in catalog.table_names:
        for column in catalog.table(name).columns.values():
            if column.option_set_global and option_set_id(column.option_set or "") == identifier:
                yield ATTRIBUTE, column_id(column)


def _none(catalog: Catalog, identifier: str) -> Iterator[tuple[int, str]]:
    del catalog, identifier
    return iter(())


_DEPENDENTS = {ENTITY: _of_table, ATTRIBUTE: _of_column, OPTION_SET: _of_option_set}
