"""The compatibility matrix (docs/compatibility.md), written from the code: what the emulator does and what it does not.

Messages and operators come from the registry of handlers and the operator table. What has no table of its own stands in
``FEATURES``; one that is missing answers 501 and is listed as such, and one that no answer tells of is a "no".
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from dataverse_emulator.messages.base import HANDLERS, OPERATIONS, import_all_handlers
from dataverse_emulator.metadata.operations import catalogue
from dataverse_emulator.query.operators import TRAITS

YES, NO, SILENT = "yes", "501", "no"

FEATURES: tuple[tuple[str, str, str], ...] = (
    # the protocol
    ("Service document, `$metadata` (CSDL 4.0)", YES, "01 §9"),
    ("Versions v8.0 to v9.2 of the root, links that repeat the caller's scheme, host and version", YES, "01 §1"),
    ("Annotations: formatted values in the caller's locale and time zone, lookup names, totals", YES, "01 §4"),
    ("`$batch` with change sets", YES, "02 §11"),
    ("Impersonation with `MSCRMCallerID` and `CallerObjectId`", YES, "06 §9.1"),
    ("Authentication: any token or none is the administrator", YES, "00 R18"),
    ("SOAP organization service: its addresses answer 404", SILENT, "08"),
    # rows
    ("Create, retrieve, update, upsert, delete; `If-Match`, `If-None-Match`, `return=representation`", YES, "02 §1-§9"),
    ("Deep insert and `@odata.bind`, activity parties", YES, "02 §1, §5, §8"),
    ("Alternate keys in URLs, binds and references", YES, "02 §6"),
    ("Associate and disassociate with `$ref`: 1:N, N:1, N:N", YES, "02 §7"),
    ("Single properties, `$value`, navigation paths, `$count`", YES, "02 §2, 03 §7"),
    ("State and status rules, currency, ownership, cascades, auto-numbers, composed columns", YES, "06"),
    ("Files, images with thumbnails, notes and attachments: whole, in chunks, by range, in blocks", YES, "02 §13"),
    ("Change tracking: delta links, deleted rows, `RetrieveEntityChanges`", YES, "02 §14"),
    ("Duplicate rules for accounts, contacts and leads, and those that are added; jobs for many rows", YES, "02 §15"),
    ("Jobs that delete the rows of queries: BulkDelete, finished when it answers", YES, "09 §3"),
    ("Merge, InitializeFrom", YES, "02 §16, §1.3"),
    ("Texts of rows in several languages: SetLocLabels, RetrieveLocLabels", YES, "07 §12"),
    ("Elastic tables: partitions, session tokens, time to live, bulk messages with partial success", YES, "02 §17"),
    ("Security roles: kept, but not enforced", SILENT, "06 §9"),
    ("Workflows, business rules and plug-in steps: kept, but not run", SILENT, "06 §10"),
    # queries
    ("`$select $expand $filter $orderby $top $count $apply`, parameter aliases", YES, "03 §1-§9"),
    ("Paging with `odata.maxpagesize` and `@odata.nextLink`", YES, "03 §6"),
    ("FetchXML, saved and user queries", YES, "03 §10-§17"),
    ("SQL queries (`?sql=`), with the extra `[sql]`", YES, "09 §3"),
    ("ExecuteCosmosSqlQuery: paths into JSON, conditions, aggregates, order, pages", YES, "02 §17"),
    ("ExecuteCosmosSqlQuery: joins, groups, subqueries, `SELECT VALUE`, further functions", NO, "02 §17"),
    ("Full text search (query function `Contains`), long-term retained rows, conditions on groups", NO, "03"),
    # definitions and solutions
    ("Reads of `EntityDefinitions`, `RelationshipDefinitions`, `GlobalOptionSetDefinitions`", YES, "07 §3"),
    ("Queries over definitions and their changes: RetrieveMetadataChanges with version stamps", YES, "07 §10"),
    ("Tables, columns, relationships, keys, option sets and options made, changed and deleted", YES, "07 §4-§9"),
    ("Definitions put back as they were read; custom dates changed to `DateOnly` or without zones", YES, "07 §4, §6"),
    ("Calculated, rollup and formula columns; virtual tables", NO, "07 §6"),
    ("Solutions, publishers and components; dependencies of definitions", YES, "07 §11, §12"),
    ("Unmanaged solutions as zip archives, imported and exported: tables with their parts, views", YES, "07 §11"),
    ("Managed solutions; archives of solutions with forms, processes or web resources exported", NO, "07 §11"),
    ("Custom APIs with behaviour in Python, or a stubbed answer", YES, "07 §11"),
    ("Schemas from `$metadata`, EntityDefinitions JSON and unmanaged solutions; rows from files", YES, "07 §2, §3"),
)


def write_matrix() -> str:
    """The matrix as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    import_all_handlers()
    importlib.import_module("dataverse_emulator.messages.retrieving")
    declared = sorted({each.name for each in catalogue().operations if not each.is_query_function}, key=str.lower)
    yield "# Compatibility"
    yield ""
    yield "What the emulator does. Written by `python -m dataverse_emulator.matrix` from the code; a test compares."
    yield "`501` marks what the real service does and the emulator answers with a clear 501; `no` what it does not do"
    yield "and no answer tells. Numbers name sections of the contract that the project is built to."
    yield ""
    yield "## Features"
    yield ""
    yield "| feature | emulated | contract |"
    yield "| --- | --- | --- |"
    yield from (f"| {text} | {state} | {section} |" for text, state, section in FEATURES)
    yield ""
    yield "## Messages"
    yield ""
    kinds = ", ".join(sorted(kind.__name__ for kind in HANDLERS))
    yield f"Of records: {kinds}."
    yield ""
    emulated = [name for name in declared if name in OPERATIONS]
    missing = [name for name in declared if name not in OPERATIONS]
    yield f"Actions and functions that are emulated ({len(emulated)}): {', '.join(emulated)}."
    yield ""
    yield f"Declared in `$metadata` and answered with 501 ({len(missing)}): {', '.join(missing)}."
    yield ""
    yield "## Condition operators"
    yield ""
    yield "| operator | query function |"
    yield "| --- | --- |"
    for operator, traits in TRAITS.items():
        yield f"| `{operator.value}` | {f'`{traits.function}`' if traits.function else ''} |"


if __name__ == "__main__":
    print(write_matrix(), end="")
