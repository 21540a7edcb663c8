"""SetLocLabels, RetrieveLocLabels: texts of rows in several languages (contract 07 §12 call 33).

They are for a few columns of a few tables (``LOCALIZABLE``); labels of definitions are part of the definitions. The
base language's text is the row's own value. The others are kept beside the definitions, as one part a value. There is
one state of them, so what is not published is the same as what is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import (
    Context,
    Operation,
    OperationResult,
    Record,
    Update,
    operation,
)
from dataverse_emulator.messages.references import existing_row_of
from dataverse_emulator.messages.validation import compile_rule
from dataverse_emulator.metadata.describe.values import LANGUAGE, labels
from dataverse_emulator.metadata.overlay import ROW_LABELS
from dataverse_emulator.values import Reference

_NAMES, _DISPLAYED = ("name", "description"), ("displayname", "description")
LOCALIZABLE: Mapping[str, tuple[str, ...]] = {
    "customapi": _DISPLAYED,
    "customapirequestparameter": _DISPLAYED,
    "customapiresponseproperty": _DISPLAYED,
    "product": _NAMES,
    "savedquery": _NAMES,
    "savedqueryvisualization": _NAMES,
    "systemform": _NAMES,
    "webresource": _DISPLAYED,
}
"""Table → its columns whose texts can be translated."""

_LARGEST_LANGUAGE = 0xFFFF


@operation("SetLocLabels")
def set_loc_labels(context: Context, message: Operation) -> OperationResult:
    """Set texts of a column of a row; languages that are not named keep theirs, one without text loses it (inferred).

    Raises:
        EmulatorError: 0x80040217 when there is no such row, 0x80041103 for an unknown column, 0x80040203 for a column
            that is not translated or a label without language, 0x80044331 for a text that is too long.
    """
    target, column = _place(context, message)
    set_texts(context, target, column, _given(message.parameters.get("Labels") or []))
    return OperationResult()


def set_texts(context: Context, target: Reference, column: str, given: Mapping[str, str | None]) -> None:
    """Set texts of a column of a row, by language code.

    Raises:
        EmulatorError: 0x80040203 when the base language would lose its text, 0x80044331 for a text that is too long.
    """
    former, base = texts_of(context, target, column), str(LANGUAGE)
    kept = {language: text for language, text in {**former, **given}.items() if text}
    if former.get(base) and not kept.get(base):
        raise error("InvalidArgument", message="The text in the base language cannot be taken away.")
    table = context.catalog.table(target.table)
    rule = compile_rule(table.column(column))
    if rule is not None:
        kept = {language: rule(text) for language, text in kept.items()}
    if kept.get(base) != former.get(base):
        context.execute(Update(target, Record(table, {column: kept[base]})))
    others = {language: text for language, text in kept.items() if language != base}
    if others != {language: text for language, text in former.items() if language != base}:
        place = (ROW_LABELS, f"{target.table}.{target.id}.{column}")
        context.store.define({place: {"texts": others, "since": _since(context, target)} if others else None})


@operation("RetrieveLocLabels", reads=True)
def retrieve_loc_labels(context: Context, message: Operation) -> OperationResult:
    """The texts of a column of a row as a ``Label``.

    Raises:
        EmulatorError: as ``set_loc_labels``.
    """
    target, column = _place(context, message)
    return OperationResult({"Label": labels(texts_of(context, target, column), "row label", target.id, column)})


def _place(context: Context, message: Operation) -> tuple[Reference, str]:
    """The row and the column that a message names, both checked."""
    target = existing_row_of(context, message.parameters["EntityMoniker"])
    column = context.catalog.table(target.table).column(str(message.parameters["AttributeName"]).lower()).logical_name
    if column not in LOCALIZABLE.get(target.table, ()):
        raise error("InvalidArgument", message=f"The attribute {column} of {target.table} has no localized labels.")
    return target, column


def _given(sent: list[Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for each in sent:
        text, language = each.get("Label"), each.get("LanguageCode")
        if not isinstance(language, int) or not 0 < language <= _LARGEST_LANGUAGE:
            raise error("InvalidArgument", message="A localized label must have a Label and a LanguageCode.")
        found[str(language)] = text
    return found


def texts_of(context: Context, target: Reference, column: str) -> dict[str, str]:
    """The texts of a column of a row by language code, the base language first."""
    row = context.store.read(context.catalog.table(target.table), target.id, (column,))
    part = context.catalog.part(ROW_LABELS, f"{target.table}.{target.id}.{column}")
    base = {str(LANGUAGE): row[column]} if row is not None and row[column] else {}
    if part is None or part["since"] != _since(context, target):
        return base
    return {**base, **part["texts"]}


def _since(context: Context, target: Reference) -> str | None:
    """When the row was made: labels of a former row of the same id are not those of this one."""
    table = context.catalog.table(target.table)
    row = context.store.read(table, target.id, ("createdon",)) if "createdon" in table.columns else None
    return None if row is None else row["createdon"]
