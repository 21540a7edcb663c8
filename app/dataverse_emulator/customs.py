"""Custom APIs: rows of ``customapis`` and its kin as operations, and what answers their calls (contract 07 §11).

The rows are read when an operation is looked for that the platform does not have, so a new one can be called at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_emulator.errors import EmulatorError, error, not_emulated
from dataverse_emulator.messages.base import AlikeRecords, Context, Operation, OperationResult
from dataverse_emulator.metadata import operations as declared
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.plugins import Function, PluginCall, PluginError
from dataverse_emulator.storage.store import Store
from dataverse_emulator.values import Reference

_ENTITY, _ENTITY_COLLECTION, _ENTITY_REFERENCE = 3, 4, 5
_TYPES = {
    0: "Edm.Boolean",
    1: "Edm.DateTimeOffset",
    2: "Edm.Decimal",
    6: "Edm.Double",
    7: "Edm.Int32",
    8: "Edm.Decimal",
    9: "Edm.Int32",
    10: "Edm.String",
    11: "Edm.String",
    12: "Edm.Guid",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLLECTIONS = frozenset({_ENTITY_COLLECTION, 11})
_GLOBAL, _COLLECTION_BOUND = 0, 2
_BEYOND_64_BITS = 2**63
_COLUMNS = ("customapiid", "uniquename", "bindingtype", "boundentitylogicalname", "isfunction", "isprivate")
_PARAMETER_COLUMNS = ("uniquename", "type", "logicalentityname", "isoptional")
_PROPERTY_COLUMNS = ("uniquename", "type", "logicalentityname")


class CustomApis:
    """The custom APIs of one environment, with the functions and stubs that answer them."""

    def __init__(self, catalog: Catalog, store: Store) -> None:
        self._catalog = catalog
        self._store = store
        self._functions: dict[str, Function] = {}
        self._stubs: dict[str, Mapping[str, Any]] = {}

    def plug(self, message: str, function: Function | None) -> None:
        """Let a function answer a message; None takes it away."""
        if function is None:
            self._functions.pop(message, None)
        else:
            self._functions[message] = function

    def stub(self, message: str, answer: Mapping[str, Any] | None) -> None:
        """Let a message answer the same each time: ``response``, or ``status``, ``code``, ``message`` of an error."""
        if answer is None:
            self._stubs.pop(message, None)
        else:
            self._stubs[message] = answer

    # ---- what there is

    def find(self, name: str, table: str | None = None, *, collection: bool = False) -> declared.Operation | None:
        """The custom API of that unique name that can be called there, or None; case matters."""
        with self._store.reading():
            for row in self._rows("customapi", {"uniquename": name}, _COLUMNS):
                found = self._operation(row) if row["uniquename"] == name else None
                if found is not None and (found.bound_type, found.bound_to_collection) == (table, collection):
                    return found
        return None

    def public(self) -> tuple[tuple[declared.Operation, ...], tuple[declared.Structure, ...]]:
        """The operations that stand in ``$metadata``, and the types of their responses."""
        found, structures = [], []
        names: set[str] = set()
        with self._store.reading():
            for row in self._rows("customapi", {}, _COLUMNS):
                one = None if row["isprivate"] or row["uniquename"] in names else self._operation(row)
                if one is None:
                    continue
                names.add(one.name)
                found.append(one)
                returned = one.return_type
                if returned is not None and returned.name == f"mscrm.{one.name}Response":
                    properties = self._properties(row["customapiid"])
                    structures.append(declared.Structure(f"{one.name}Response", None, False, False, (), properties, ()))
        return tuple(found), tuple(structures)

    def _operation(self, row: Mapping[str, Any]) -> declared.Operation | None:
        """The operation that a row describes, or None where no address can name it."""
        name, kind = str(row["uniquename"]), row["bindingtype"] or _GLOBAL
        if not _NAME.fullmatch(name) or (kind != _GLOBAL and not self._is_table(row["boundentitylogicalname"])):
            return None
        returned = self._properties(row["customapiid"])
        lone = returned[0] if len(returned) == 1 and returned[0].type.startswith("mscrm.") else None
        if lone is not None:
            use: declared.TypeUse | None = declared.TypeUse(lone.type, lone.collection, True)
        else:
            use = declared.TypeUse(f"mscrm.{name}Response") if returned else None
        rows = self._rows("customapirequestparameter", {"customapiid": row["customapiid"]}, _PARAMETER_COLUMNS)
        return declared.Operation(
            name,
            "Function" if row["isfunction"] else "Action",
            None if kind == _GLOBAL else row["boundentitylogicalname"],
            kind == _COLLECTION_BOUND,
            self._parameters(rows),
            use,
        )

    def _properties(self, id: str) -> tuple[declared.Parameter, ...]:
        return self._parameters(self._rows("customapiresponseproperty", {"customapiid": id}, _PROPERTY_COLUMNS))

    def _parameters(self, rows: list[dict[str, Any]]) -> tuple[declared.Parameter, ...]:
        """One parameter for each name that can be one; those of tables that are nowhere take any row."""
        found = {str(each["uniquename"]): each for each in rows if _NAME.fullmatch(str(each["uniquename"]))}
        return tuple(
            _parameter(each, each["logicalentityname"] if self._is_table(each["logicalentityname"]) else None)
            for each in found.values()
        )

    def _is_table(self, name: str | None) -> bool:
        return bool(name) and self._catalog.find(str(name)) is not None

    def _rows(self, table: str, where: Mapping[str, Any], columns: tuple[str, ...]) -> list[dict[str, Any]]:
        definition = self._catalog.find(table)
        return [] if definition is None else self._store.find(definition, where, columns)

    # ---- what answers

    def answer(self, context: Context, message: Operation) -> OperationResult:
        """Answer a message that the emulator does not know: by its function, by its stub, or with 501.

        Raises:
            EmulatorError: what the function or the stub says; 0x80040224 for a function that fails, or gives what no
                answer can hold.
        """
        function = self._functions.get(message.name)
        if function is not None:
            target = message.target if isinstance(message.target, Reference) else None
            if message.target is not None and target is None:
                from dataverse_emulator.messages.references import find_by_key

                target = find_by_key(context, message.target)  # type: ignore[arg-type]  # a target that is no reference names a key
            parameters = {
                name: [*value] if isinstance(value, AlikeRecords) else value
                for name, value in message.parameters.items()
            }
            result = _run(function, PluginCall(message.name, parameters, target, context))
        elif message.name in self._stubs:
            result = _stubbed(self._stubs[message.name])
        else:
            raise not_emulated(f"the message {message.name}")
        table = None if message.table is None else message.table.logical_name
        collection = table is not None and message.target is None
        found = self.find(message.name, table, collection=collection)
        try:
            return _result(self._catalog, found, result)
        except (TypeError, RecursionError) as problem:
            raise error("IsvUnExpected", kind=type(problem).__name__, message=str(problem)) from problem


def _parameter(row: Mapping[str, Any], table: str | None) -> declared.Parameter:
    kind = row["type"]
    if kind in (_ENTITY, _ENTITY_COLLECTION, _ENTITY_REFERENCE):
        type_name = f"mscrm.{table or declared.ANY_TABLE}"
    else:
        type_name = _TYPES.get(kind, "Edm.String")
    nullable = bool(row.get("isoptional", True))
    return declared.Parameter(str(row["uniquename"]), type_name, nullable, kind in _COLLECTIONS)


def _run(function: Function, call: PluginCall) -> Any:
    try:
        return function(call)
    except PluginError as problem:
        raise EmulatorError("IsvAborted", problem.status, problem.code, str(problem)) from problem
    except EmulatorError:
        raise
    except (Exception, SystemExit) as problem:  # a user's code fails in any way it likes
        raise error("IsvUnExpected", kind=type(problem).__name__, message=str(problem)) from problem


def _stubbed(stub: Mapping[str, Any]) -> Any:
    if "status" in stub or "message" in stub:
        raise EmulatorError(
            "IsvAborted", stub.get("status", 400), stub.get("code", "0x80040265"), stub.get("message", "")
        )
    return stub.get("response")


def _result(catalog: Catalog, found: declared.Operation | None, result: Any) -> OperationResult:
    """What a function gave, in the form of a message's result."""
    returned = None if found is None else found.return_type
    if result is None or (found is not None and returned is None):
        return OperationResult()
    if isinstance(result, OperationResult):
        return result
    if found is not None and returned is not None and returned.name != f"mscrm.{found.name}Response":
        if isinstance(result, Mapping) and len(result) == 1 and not returned.collection:
            ((_, inner),) = result.items()
            result = inner if isinstance(inner, Reference | Mapping) else result
        elif isinstance(result, Mapping) and len(result) == 1:
            ((_, result),) = result.items()
        listed = result if isinstance(result, list | tuple) else [result]
        if all(isinstance(each, Reference) for each in listed):
            return OperationResult(rows=list(listed))
        plain = [_plain(catalog, each) for each in listed]
        if not all(isinstance(each, dict) for each in plain):
            raise TypeError("A row must be a Reference or a mapping.")
        return OperationResult({"value": plain} if returned.collection else plain[0])
    if not isinstance(result, Mapping):
        raise TypeError("A function must return its response properties by name.")
    return OperationResult({name: _plain(catalog, value) for name, value in result.items()})


def _plain(catalog: Catalog, value: Any) -> Any:
    if isinstance(value, Reference):
        table = catalog.table(value.table)
        return {"@odata.type": f"#Microsoft.Dynamics.CRM.{value.table}", table.primary_id: value.id}
    if isinstance(value, Mapping):
        return {str(name): _plain(catalog, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(catalog, each) for each in value]
    if isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):
        return str(value)
    is_large = isinstance(value, int) and not -_BEYOND_64_BITS <= value < _BEYOND_64_BITS
    if is_large or not isinstance(value, str | int | float | None):
        raise TypeError(f"A value of type {type(value).__name__} cannot be part of an answer.")
    return value
