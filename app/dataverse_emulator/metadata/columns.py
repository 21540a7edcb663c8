"""Columns of a table and the options of choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ColumnType(StrEnum):
    """The platform's attribute types; the values are those of ``AttributeTypeName`` without ``Type``."""

    STRING = "String"
    MEMO = "Memo"
    INTEGER = "Integer"
    BIG_INT = "BigInt"
    DECIMAL = "Decimal"
    DOUBLE = "Double"
    MONEY = "Money"
    BOOLEAN = "Boolean"
    DATE_TIME = "DateTime"
    PICKLIST = "Picklist"
    MULTI_SELECT = "MultiSelectPicklist"
    STATE = "State"
    STATUS = "Status"
    LOOKUP = "Lookup"
    CUSTOMER = "Customer"
    OWNER = "Owner"
    PARTY_LIST = "PartyList"
    UNIQUEIDENTIFIER = "Uniqueidentifier"
    ENTITY_NAME = "EntityName"
    MANAGED_PROPERTY = "ManagedProperty"
    IMAGE = "Image"
    FILE = "File"
    VIRTUAL = "Virtual"


LOOKUP_TYPES = frozenset({ColumnType.LOOKUP, ColumnType.CUSTOMER, ColumnType.OWNER})
CHOICE_TYPES = frozenset({ColumnType.PICKLIST, ColumnType.STATE, ColumnType.STATUS})
TEXT_TYPES = frozenset({ColumnType.STRING, ColumnType.MEMO})
FRACTION_TYPES = frozenset({ColumnType.DECIMAL, ColumnType.DOUBLE, ColumnType.MONEY})
NUMBER_TYPES = FRACTION_TYPES | {ColumnType.INTEGER, ColumnType.BIG_INT}
OPTION_TYPES = CHOICE_TYPES | {ColumnType.MULTI_SELECT, ColumnType.BOOLEAN, ColumnType.ENTITY_NAME}
"""Columns whose definitions have an ``OptionSet``."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice, state, status or two-option column.

    ``state`` is set for the options of a status column, ``default_status`` and ``invariant_name`` for a state's;
    ``more`` are members of its definition that nothing but its description knows."""

    value: int
    label: str
    state: int | None = None
    default_status: int | None = None
    invariant_name: str | None = None
    more: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(eq=False, slots=True)
class Column:
    """One column of a table. Compared by identity: a catalog holds one object a column.

    ``edm_name`` is the property name on the Web API (``_x_value`` for lookups) or None where the column is no property;
    ``navigation`` maps a target table to the name of the single-valued navigation property that writes the lookup.
    ``settings`` are members of the column's definition that nothing but its description knows; ``option_set_part`` is
    the user's definition of the global option set, if it is one.
    """

    table: str
    logical_name: str
    schema_name: str
    type: ColumnType
    display_name: str | None = None
    edm_name: str | None = None
    edm_type: str | None = None
    edm_read_only: bool = False
    required: str = "None"
    valid_for_create: bool = True
    valid_for_update: bool = True
    valid_for_read: bool = True
    format: str | None = None
    date_time_behavior: str | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    precision: int | None = None
    precision_source: int | None = None
    default: Any = None
    options: tuple[Option, ...] = ()
    option_set: str | None = None
    option_set_global: bool = False
    targets: tuple[str, ...] = ()
    navigation: Mapping[str, str] = field(default_factory=dict)
    attribute_of: str | None = None
    is_logical: bool = False
    is_primary_id: bool = False
    is_primary_name: bool = False
    auto_number_format: str | None = None
    source_type: int = 0
    introduced_version: str | None = None
    is_custom: bool = False
    settings: Mapping[str, Any] | None = field(default=None, repr=False)
    max_size_kb: int | None = None
    can_store_full_image: bool = False
    option_set_part: Mapping[str, Any] | None = field(default=None, repr=False)
    labels: Mapping[int, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.labels = {option.value: option.label for option in self.options}

    def __repr__(self) -> str:
        return f"<Column {self.table}.{self.logical_name}>"

    @property
    def is_lookup(self) -> bool:
        """The column points to a row (not a party list, not the row's own key)."""
        return self.type in LOOKUP_TYPES

    @property
    def is_polymorphic(self) -> bool:
        """The lookup can point to rows of several tables, so the store keeps the target's table beside the id."""
        return self.is_lookup and (len(self.targets) != 1 or self.type is not ColumnType.LOOKUP)

    @property
    def is_text(self) -> bool:
        """Text that is compared without regard to case and accents."""
        return self.type in TEXT_TYPES

    @property
    def is_date_only(self) -> bool:
        """A date without time (``Edm.Date``)."""
        return self.edm_type == "Edm.Date"

    @property
    def is_stored(self) -> bool:
        """The column has a place in the store: it is a property of the Web API type and no party list."""
        return self.edm_name is not None and self.type not in (ColumnType.PARTY_LIST, ColumnType.VIRTUAL)
