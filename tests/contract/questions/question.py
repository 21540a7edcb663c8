"""What a question about the sample organization is, and the words that questions are made of.

A question is a set, a ``$filter``, the content of the FetchXML ``entity`` that means the same, a test of a shipped row
in plain Python and, where SQL can ask it, what follows the name of the table in SQL.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dataverse_emulator.metadata.definitions import definitions_folder

Row = Mapping[str, Any]

TABLES = {
    "accounts": "account",
    "contacts": "contact",
    "leads": "lead",
    "opportunities": "opportunity",
    "tasks": "task",
    "incidents": "incident",
}


@dataclass(frozen=True)
class Question:
    """``is_same``: its texts also become one and the same bound query."""

    entity_set: str
    odata: str
    fetch: str
    matches: Callable[[Row], bool]
    is_same: bool = True
    sql: str = ""

    @property
    def table(self) -> str:
        return TABLES[self.entity_set]

    @property
    def key(self) -> str:
        return key_of(self.table)

    @property
    def fetch_xml(self) -> str:
        return f'<fetch><entity name="{self.table}"><attribute name="{self.key}"/>{self.fetch}</entity></fetch>'

    @property
    def sql_text(self) -> str:
        own = "r." if self.sql.startswith(("r ", "AS r")) else ""
        return f"SELECT {own}{self.key} FROM {self.table} {self.sql}"

    @property
    def expected(self) -> list[str]:
        return sorted(row[self.key] for row in rows(self.table) if self.matches(row))


def key_of(table: str) -> str:
    return "activityid" if table == "task" else f"{table}id"


@cache
def sample() -> Mapping[str, list[Row]]:
    text = Path(definitions_folder(), "rows", "sample.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]  # JSON has no type


def rows(table: str) -> list[Row]:
    return sample()[table]


def row_of(reference: Row | None) -> Row:
    """The row that a lookup points to; an empty one for null and for tables that are not asked about."""
    if reference is None or reference["table"] not in sample():
        return {}
    table = reference["table"]
    key = key_of(table)
    return next((row for row in rows(table) if row[key] == reference["id"]), {})


def pointing(table: str, column: str, row: Row) -> list[Row]:
    """The rows of a table whose lookup points to a row (of any table: ids are unique)."""
    id_ = next(iter(row.values()))
    return [other for other in rows(table) if (other.get(column) or {}).get("id") == id_]


def plain(text: object) -> str:
    """Text as the platform compares it."""
    decomposed = unicodedata.normalize("NFKD", str(text or "").casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).rstrip()


def id_of(row: Row, column: str) -> str | None:
    reference = row.get(column)
    return None if reference is None else str(reference["id"])


def condition(attribute: str, operator: str, *values: object, entityname: str = "") -> str:
    of = f' entityname="{entityname}"' if entityname else ""
    start = f'<condition{of} attribute="{attribute}" operator="{operator}"'
    texts = [str(value).replace("&", "&amp;").replace("<", "&lt;") for value in values]
    if len(texts) == 1:
        return f'{start} value="{texts[0]}"/>'
    inner = "".join(f"<value>{text}</value>" for text in texts)
    return f"{start}>{inner}</condition>" if texts else f"{start}/>"


def both(*conditions: str) -> str:
    return f"<filter>{''.join(conditions)}</filter>"


def either(*conditions: str) -> str:
    return f'<filter type="or">{"".join(conditions)}</filter>'


def link(name: str, from_: str, to: str, inner: str = "", *, kind: str = "outer", alias: str = "") -> str:
    called = f' alias="{alias}"' if alias else ""
    return f'<link-entity name="{name}" from="{from_}" to="{to}" link-type="{kind}"{called}>{inner}</link-entity>'


def number(row: Row, column: str) -> float:
    """The value of a column, or something that compares as false."""
    value = row.get(column)
    return float("nan") if value is None else float(value)


CRM = "Microsoft.Dynamics.CRM"
FIRST_CONTACT = "c0de0002-0000-4000-8000-000000000001"
FIRST_ACCOUNT = "c0de0001-0000-4000-8000-000000000001"


def is_below(row: Row, id_: str) -> bool:
    """Whether an account is this one or has it above itself."""
    while row:
        if row["accountid"] == id_:
            return True
        row = row_of(row.get("parentaccountid"))
    return False
