"""Texts and key predicates that name a row: ``contacts(guid)``, alternate keys, absolute URLs (contract 02 §5 to §7).

One reader for values of ``@odata.bind``, ``@odata.id`` and ``$id``, and for the keys in a request's own path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_emulator.errors import error, payload_error
from dataverse_emulator.messages.base import KeyReference, Target
from dataverse_emulator.metadata.catalog import Catalog, Column, Navigation, Table
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.json_values import Misfit, converter, misfit, to_guid
from odata_protocol.errors import SyntaxProblem
from odata_protocol.path import parse_path
from odata_protocol.syntax import Alias, Expression, JsonLiteral, Key, Literal

OWNER = "owner"

# The usual form, in one step: any host, any organization's path, any version.
_ROOT = r"(?:https?://[^/?#]+)?/*(?:[^/?#()]+/)?(?i:api/data/v)[0-9]+\.[0-9]+/"
_PLAIN = re.compile(
    rf"(?:{_ROOT}|/)?([A-Za-z_][A-Za-z0-9_]*)"
    r"\(([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\)\Z"
)
_ANY_ROOT = re.compile(_ROOT)


def bind_reference(text: Any, catalog: Catalog, root: str, expected: Navigation | None = None) -> Target:
    """The row that a value of ``@odata.bind``, ``@odata.id`` or ``$id`` names.

    Args:
        root: service root URL of the request; other hosts with the same shape of path are taken as well.
        expected: the navigation property that the row is meant for; its target type is checked.

    Raises:
        EmulatorError: malformed text (E-34), unknown entity set (E-32), a row of another table than ``expected``
            leads to (E-33), key names that are no key (E-09a).
    """
    if text.__class__ is not str:
        if expected is not None:
            raise payload_error(_set_of(expected.source, catalog), str(misfit(text, "Edm.String")))
        raise error("BadQuerySyntax")
    match = _PLAIN.match(text)
    if match is not None:
        table = catalog.find_set(match[1])
        if table is None:
            raise error("UnknownSegment", segment=match[1])
        target: Target = Reference(table.logical_name, match[2].lower())
    else:
        target, table = _read_path(text, catalog, root)
    if expected is not None:
        check_target(table, expected, catalog)
    return target


def check_target(table: Table, navigation: Navigation, catalog: Catalog) -> None:
    """Refuse rows of a table to which the navigation property does not lead (E-33; status and text unverified).

    Users and teams are owners, activities of every type are activities; an activity's base row (``activitypointers``)
    is let through to be resolved later.
    """
    wanted = navigation.target
    found = table.logical_name
    if found == wanted or table.base == wanted:
        return
    target = catalog.find(wanted)
    if target is not None and target.base == found:
        return
    raise payload_error(
        _set_of(navigation.source, catalog),
        f"An entry with type 'Microsoft.Dynamics.CRM.{table.edm_type_name}' was found, but it is not assignable to the "
        f"expected type 'Microsoft.Dynamics.CRM.{target.edm_type_name if target is not None else wanted}'",
    )


def bind_key(table: Table, key: Key, aliases: Mapping[str, Expression] | None = None) -> Target:
    """The row of ``table`` that a key predicate names.

    Raises:
        EmulatorError: the value is no guid or does not fit its column (E-07), the names are no key (E-09, E-09a).
    """
    values = [(name, _plain(value, aliases)) for name, value in key.values]
    primary = OWNER + "id" if table.base == OWNER else table.primary_id
    if len(values) == 1 and values[0][0] in ("", primary):
        value = values[0][1]
        if value.__class__ is not UUID:
            raise error("BadQuerySyntax")
        return Reference(table.logical_name, str(value))
    columns = [_key_column(table, name) for name, _ in values]
    names = {column.logical_name for column in columns}
    if not any(alternate.is_active and names == set(alternate.columns) for alternate in table.keys):
        raise error("KeyNotDefined", table=table.logical_name)
    return KeyReference(
        table.logical_name,
        tuple(
            (column.logical_name, _key_value(column, value)) for column, (_, value) in zip(columns, values, strict=True)
        ),
    )


def _read_path(text: str, catalog: Catalog, root: str) -> tuple[Target, Table]:
    """Every other form: alternate keys, named keys, percent-encoded text."""
    if text.startswith("$"):
        # a content-id that stands is one that no earlier part of the change set had (E-35e)
        raise error("ContentIdUnknown", reference=text[:100])
    if root and text.startswith(root):
        path = text[len(root) :]
    else:
        match = _ANY_ROOT.match(text)
        path = text[match.end() :] if match is not None else text
    try:
        segments = parse_path(path).segments
    except SyntaxProblem:
        raise error("BadQuerySyntax") from None
    if len(segments) != 1 or segments[0].key is None or segments[0].arguments is not None:
        raise error("BadQuerySyntax")
    table = catalog.find_set(segments[0].name)
    if table is None:
        raise error("UnknownSegment", segment=segments[0].name)
    return bind_key(table, segments[0].key), table


def _plain(value: Expression, aliases: Mapping[str, Expression] | None) -> Any:
    if isinstance(value, Alias):
        replaced = (aliases or {}).get(value.name)
        if replaced is None or isinstance(replaced, Alias):
            raise error("BadQuerySyntax")
        value = replaced
    if not isinstance(value, Literal | JsonLiteral) or value.value is None:
        raise error("BadQuerySyntax")
    return value.value


def _key_column(table: Table, name: str) -> Column:
    column = table.properties.get(name) or table.columns.get(name.lower() if table.is_elastic else name)
    if column is None:
        raise error("KeyNotDefined", table=table.logical_name)
    return column


def _key_value(column: Column, value: Any) -> Any:
    """The engine's form of a value inside a key predicate."""
    if isinstance(value, UUID):
        value = str(value)
    elif isinstance(value, Decimal):
        value = float(value)
    elif isinstance(value, date):  # or a datetime, which is one
        value = value.isoformat()
    try:
        if column.is_lookup:
            if len(column.targets) != 1:
                raise error("KeyNotDefined", table=column.table)
            return Reference(column.targets[0], to_guid(value))
        convert = converter(column)
        return value if convert is None else convert(value)
    except Misfit:
        raise error("BadQuerySyntax") from None


def _set_of(logical_name: str, catalog: Catalog) -> str:
    return catalog.table(logical_name).entity_set_name
