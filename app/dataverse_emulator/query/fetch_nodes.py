"""FetchXML as plain values: what the text says, names not looked up (contract 03 §11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class FetchAttribute:
    """``attribute``: a column of the result."""

    name: str
    alias: str | None = None
    aggregate: str | None = None
    distinct: bool = False
    groupby: bool = False
    dategrouping: str | None = None
    usertimezone: bool = True
    counts_children: bool = False


@dataclass(frozen=True, slots=True)
class FetchOrder:
    """``order``."""

    attribute: str | None = None
    alias: str | None = None
    entityname: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class FetchCondition:
    """``condition``; ``values`` are the ``value`` attribute's and those of the ``value`` children."""

    attribute: str
    operator: str
    values: tuple[str, ...] = ()
    valueof: str | None = None
    entityname: str | None = None


@dataclass(frozen=True, slots=True)
class FetchFilter:
    """``filter``; its items hold all (or, with ``any_``, one) of them."""

    items: tuple[FetchItem, ...] = ()
    any_: bool = False


@dataclass(frozen=True, slots=True)
class FetchEntity:
    """``entity``, or the content of a ``link-entity``."""

    name: str
    attributes: tuple[FetchAttribute, ...] = ()
    all_attributes: bool = False
    no_attributes: bool = False
    orders: tuple[FetchOrder, ...] = ()
    filters: tuple[FetchFilter, ...] = ()
    links: tuple[FetchLink, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchLink:
    """``link-entity``: ``from_`` is a column of the linked table, ``to`` one of its parent.

    ``number`` counts the query's links in document order, from 1."""

    entity: FetchEntity
    from_: str | None = None
    to: str | None = None
    alias: str | None = None
    link_type: str = "inner"
    number: int = 1


FetchItem: TypeAlias = FetchCondition | FetchFilter | FetchLink


@dataclass(frozen=True, slots=True)
class Fetch:
    """``fetch``; hints without effect on the result are left out."""

    entity: FetchEntity
    top: int | None = None
    count: int | None = None
    page: int | None = None
    cookie: str | None = None
    total: bool = False
    aggregate: bool = False
    aggregate_limit: int | None = None
    distinct: bool = False
    raw_order: bool = False
