"""Behaviour of custom APIs, written in Python by whoever uses the emulator (contract 07 §11).

    from dataverse_emulator.plugins import PluginCall, PluginError, plugin

    @plugin("new_Discount")
    def discount(call: PluginCall) -> dict:
        if call.parameters["Percent"] > 50:
            raise PluginError("That is too much.")
        return {"Price": 100 - call.parameters["Percent"]}

A file of such functions is named with ``--plugins``; a function alone is handed to ``Emulator.plug``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from dataverse_emulator.messages.base import Context, Create, Delete, Operation, OperationResult, Record, Update
from dataverse_emulator.values import Reference

Function: TypeAlias = Callable[["PluginCall"], Any]
FunctionT = TypeVar("FunctionT", bound=Function)

_MARK = "__dataverse_message__"


class PluginError(Exception):
    """A plug-in refuses: the client gets the text, with code 0x80040265 unless another is given."""

    def __init__(self, message: str, code: str = "0x80040265", status: int = 400) -> None:
        """
        Args:
            status: of the response, 400 to 599.

        Raises:
            ValueError: the status is another.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"The status of a refusal is 400 to 599, not {status}.")
        super().__init__(message)
        self.code = code
        self.status = status


class UnusablePlugin(Exception):
    """A plug-in file that cannot be loaded; the text says why."""


@dataclass(frozen=True, slots=True)
class PluginCall:
    """One call of a message: everything runs in its transaction, as its caller.

    Attributes:
        message: the message's unique name.
        parameters: request parameters by name; rows are ``Reference`` or ``Record``.
        target: the row that a bound message is called on.
        context: what the emulator's own messages work with.
    """

    message: str
    parameters: Mapping[str, Any]
    target: Reference | None
    context: Context

    def create(self, table: str, values: Mapping[str, Any]) -> Reference:
        """Make a row."""
        definition = self.context.catalog.table(table)
        return Reference(table, self.context.execute(Create(Record(definition, dict(values)))))

    def retrieve(self, row: Reference) -> dict[str, Any] | None:
        """The columns of a row by logical name, or None."""
        return self.context.store.read(self.context.catalog.table(row.table), row.id)

    def update(self, row: Reference, values: Mapping[str, Any]) -> None:
        """Change columns of a row."""
        self.context.execute(Update(row, Record(self.context.catalog.table(row.table), dict(values))))

    def delete(self, row: Reference) -> None:
        """Delete a row."""
        self.context.execute(Delete(row))

    def execute(self, message: str, target: Reference | None = None, **parameters: Any) -> OperationResult:
        """Run another message."""
        result: OperationResult = self.context.execute(Operation(message, target, parameters=parameters))
        return result


def plugin(message: str) -> Callable[[FunctionT], FunctionT]:
    """Name the message whose behaviour the decorated function is."""

    def mark(function: FunctionT) -> FunctionT:
        setattr(function, _MARK, message)
        return function

    return mark


def load_plugins(path: str) -> dict[str, Function]:
    """The marked functions of a Python file by message.

    Raises:
        UnusablePlugin: the file is missing, fails, or has none.
    """
    spec = importlib.util.spec_from_file_location(f"dataverse_plugins_{Path(path).stem}", path)
    if spec is None or spec.loader is None or not Path(path).is_file():
        raise UnusablePlugin(f"The plug-in file {path} is no Python file that can be read.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as problem:  # a user's file fails in any way it likes
        raise UnusablePlugin(f"The plug-in file {path} failed: {type(problem).__name__}: {problem}") from problem
    found = {getattr(each, _MARK): each for each in vars(module).values() if hasattr(each, _MARK)}
    if not found:
        raise UnusablePlugin(f"The plug-in file {path} has no function with @plugin.")
    return found
