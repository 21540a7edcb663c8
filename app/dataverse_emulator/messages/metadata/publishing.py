"""PublishXml and PublishAllXml: there is one state of definitions, so there is nothing to do (contract 07 §4)."""

from __future__ import annotations

from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.metadata.given import invalid


@operation("PublishXml", reads=True)
def publish(context: Context, message: Operation) -> OperationResult:
    """Publish what the XML names."""
    del context, message
    return OperationResult()


@operation("PublishAllXml", reads=True)
def publish_all(context: Context, message: Operation) -> OperationResult:
    """Publish everything."""
    del context, message
    return OperationResult()


@operation("SetAutoNumberSeed")
def set_auto_number_seed(context: Context, message: Operation) -> OperationResult:
    """Let the running number of a column go on from a value (contract 07 §6).

    Raises:
        EmulatorError: 0x80040203 when the column is no auto-number column.
    """
    table = context.catalog.table(str(message.parameters["EntityName"]))
    column = table.column(str(message.parameters["AttributeName"]))
    if column.auto_number_format is None:
        raise invalid(f"The column {column.logical_name} of {table.logical_name} has no auto-number format.")
    context.store.set_number(f"{table.logical_name}.{column.logical_name}", int(message.parameters["Value"]))
    return OperationResult()
