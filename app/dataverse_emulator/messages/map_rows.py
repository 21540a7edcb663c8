"""The shipped column maps as rows of ``entitymap`` and ``attributemap``, as the platform keeps them (05 §1.4).

Every environment starts with them, so that clients find the maps, add pairs to them and take pairs away.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from dataverse_emulator.metadata.catalog import Catalog, ColumnMap

ENTITY_MAP, ATTRIBUTE_MAP = "entitymap", "attributemap"
_ENTITY_MAP_COLUMNS = frozenset({"entitymapid", "sourceentityname", "targetentityname"})
_ATTRIBUTE_MAP_COLUMNS = frozenset(
    {"attributemapid", "entitymapid", "sourceattributename", "targetattributename", "issystem"}
)
_NAMESPACE = UUID("5f0d6c1e-8f0b-4c53-9a7e-2b1c4d5e6f70")

# Shipped pairs that the contract's tables (05 §1.4) do not have: (source, target) → target columns left out.
# A row of ``attributemap`` brings any of them back.
NOT_COPIED: dict[tuple[str, str], frozenset[str]] = {
    ("lead", "account"): frozenset({"telephone3", "emailaddress2", "emailaddress3"}),
    ("lead", "opportunity"): frozenset({"schedulefollowup_prospect", "schedulefollowup_qualify"}),
}
_UNMAPPED_ADDRESS = frozenset({"address1_name", "address1_county", "address1_postofficebox"})


def entity_map_id(source: str, target: str) -> str:
    """The key of the shipped map between two tables: the same in every environment."""
    return str(uuid5(_NAMESPACE, f"{source}>{target}"))


def shipped_pairs(catalog: Catalog, source: str, target: str) -> dict[str, ColumnMap]:
    """The shipped pairs that are copied, by target column; derived once."""
    memo, key = catalog.table(target).memo, ("column maps", source)
    known: dict[str, ColumnMap] | None = memo.get(key)
    if known is None:
        left_out = NOT_COPIED.get((source, target), frozenset())
        known = memo[key] = {
            pair.target: pair
            for pair in catalog.column_maps(source, target)
            if pair.target not in left_out and not (source == "lead" and _is_unmapped_address(pair.target))
        }
    return known


def has_maps(catalog: Catalog) -> bool:
    """The two tables are there with the columns that maps need; another environment's schema may lack them."""
    needed = {ENTITY_MAP: _ENTITY_MAP_COLUMNS, ATTRIBUTE_MAP: _ATTRIBUTE_MAP_COLUMNS}
    tables = {name: catalog.find(name) for name in needed}
    return all(table is not None and needed[name] <= table.columns.keys() for name, table in tables.items())


def map_rows(catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    """The rows of all shipped maps, in the form of ``loading.load_rows``; none where a schema lacks their columns."""
    if not has_maps(catalog):
        return {}
    rows: dict[str, list[dict[str, Any]]] = {ENTITY_MAP: [], ATTRIBUTE_MAP: []}
    for source, target in catalog.mapped_tables:
        id = entity_map_id(source, target)
        rows[ENTITY_MAP].append({"entitymapid": id, "sourceentityname": source, "targetentityname": target})
        for pair in shipped_pairs(catalog, source, target).values():
            rows[ATTRIBUTE_MAP].append(
                {
                    "attributemapid": str(uuid5(_NAMESPACE, f"{source}>{target}:{pair.source}>{pair.target}")),
                    "entitymapid": {"table": ENTITY_MAP, "id": id},
                    "sourceattributename": pair.source,
                    "targetattributename": pair.target,
                    "issystem": True,
                }
            )
    return rows


def _is_unmapped_address(column: str) -> bool:
    """The second address and the lesser parts of the first are not copied from leads (05 §1.4, inferred)."""
    return column.startswith("address2_") or column in _UNMAPPED_ADDRESS
