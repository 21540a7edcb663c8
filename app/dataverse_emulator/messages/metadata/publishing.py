"""PublishXml and PublishAllXml: there is one state of definitions, so there is nothing to do (contract 07 §4)."""

from __future__ import annotations

from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation


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
