"""Messages, the context in which they run, and the registry of their handlers.

A message is a frozen value that says what shall be done, in terms of the catalog; it knows no HTTP. One handler answers
each kind. ``Service.execute`` runs a message in one transaction: validate, then main; a handler runs further messages
through its context, in the same transaction.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar, overload

from dataverse_emulator.errors import EmulatorError, not_emulated
from dataverse_emulator.metadata.catalog import Catalog, Navigation, Table
from dataverse_emulator.query.model import Query
from dataverse_emulator.values import Reference

if TYPE_CHECKING:
    from dataverse_emulator.messages.entity_changes import EntityChanges
    from dataverse_emulator.storage.store import Store


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs a message: the effective user, and the real one when impersonating (else None)."""

    user_id: str
    business_unit_id: str
    on_behalf_of: str | None = None


@dataclass(slots=True)
class Related:
    """Rows given together with a new row over one navigation property: new ones (Record) or existing ones.

    An Update takes activity parties only: they replace those of the same roles, or all (``replaces_all``)."""

    navigation: Navigation
    items: list[Record | Reference]
    replaces_all: bool = False


@dataclass(slots=True)
class Record:
    """Column values for one row: logical name → value in the engine's form; lookups are references or None.

    ``related`` holds nested rows (deep insert, activity parties). ``target`` is the row that a parameter of an
    operation names beside its values (``@odata.id``)."""

    table: Table
    values: dict[str, Any] = field(default_factory=dict)
    related: list[Related] = field(default_factory=list)
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class AlikeRecords(Sequence[Record]):
    """Records of one table that give the same columns and nothing else, kept by columns.

    ``columns`` holds the values of all records, in their order, by logical name; ``size`` is their number."""

    table: Table
    columns: dict[str, Sequence[Any]]
    size: int

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Record]:
        rows = zip(*self.columns.values(), strict=True) if self.columns else repeat((), self.size)
        return (Record(self.table, dict(zip(self.columns, row, strict=True))) for row in rows)

    @overload
    def __getitem__(self, place: int) -> Record: ...

    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...

    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        if isinstance(place, slice):
            return [self[one] for one in range(self.size)[place]]
        at = range(self.size)[place]
        return Record(self.table, {name: values[at] for name, values in self.columns.items()})


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A row by an alternate key: column logical name → value; references inside are lookups."""

    table: str
    values: tuple[tuple[str, Any], ...]


Target: TypeAlias = Reference | KeyReference


@dataclass(frozen=True, slots=True)
class Message:
    """Base of all messages. ``writes`` says whether it needs a write transaction."""

    writes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Create(Message):
    """Make a row (and its nested rows), as a component of the solution of that unique name. Result: its id (str)."""

    record: Record
    suppress_duplicates: bool = True
    solution: str | None = None


@dataclass(frozen=True, slots=True)
class Retrieve(Message):
    """Read the row ``target``. Result: ``Rows`` with one row.

    ``query`` says what is read (outputs, expansions) and has no condition of its own, so that one object serves all
    rows and its plan is found by identity. Raises 0x80040217 (``target`` names the row in the text), or 0x80060891 for
    an alternate key."""

    writes: ClassVar[bool] = False
    target: Target
    query: Query


@dataclass(frozen=True, slots=True)
class RetrieveMultiple(Message):
    """Answer a query. Result: ``Rows``."""

    writes: ClassVar[bool] = False
    query: Query


@dataclass(frozen=True, slots=True)
class Update(Message):
    """Change columns of a row. ``version`` demands that row version (If-Match). Result: None."""

    target: Target
    record: Record
    version: int | None = None
    suppress_duplicates: bool = True


@dataclass(frozen=True, slots=True)
class Upsert(Message):
    """Update the row, or create it where it is missing (contract 02 §3.2). Result: ``Upserted``.

    ``may_create`` is False under ``If-Match: *``, ``may_update`` under ``If-None-Match: *``."""

    target: Target
    record: Record
    may_create: bool = True
    may_update: bool = True
    version: int | None = None
    suppress_duplicates: bool = True


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an Upsert did."""

    id: str
    created: bool


@dataclass(frozen=True, slots=True)
class Delete(Message):
    """Delete a row with its cascades. Result: None."""

    target: Target
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Associate(Message):
    """Link ``target`` with ``related`` over a navigation property of the target's table (1:N, N:1 or N:N).

    ``version`` demands that version of the target (If-Match)."""

    target: Target
    navigation: Navigation
    related: Target
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Disassociate(Message):
    """Remove a link; ``related`` is None for a single-valued navigation property (clear it); ``version`` as above."""

    target: Target
    navigation: Navigation
    related: Target | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Assign(Message):
    """Give a row to a user or team, with the cascades of 06 §2."""

    target: Target
    owner: Reference


@dataclass(frozen=True, slots=True)
class Operation(Message):
    """An action or function of the message catalogue, by name.

    ``target`` is the bound row (None for unbound and collection-bound ones, ``table`` names the latter's table).
    ``parameters`` hold JSON scalars, ``Reference`` for references to rows, ``Record`` for rows, lists of these (or
    ``AlikeRecords``); absent optional parameters are absent. ``suppress_duplicates`` is the header's word. Result:
    ``OperationResult``.
    """

    name: str
    target: Target | None = None
    table: Table | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    version: int | None = None
    suppress_duplicates: bool = True


@dataclass(frozen=True, slots=True)
class OperationResult:
    """What an operation answers.

    ``members`` are the members of a complex type (the response type's properties, JSON-ready); ``rows`` the ids of
    rows that are answered in full, in order (entity or collection results); ``unsaved`` is a row that is answered but
    not stored; ``changes`` are those of a table; all None: 204. ``failure`` is answered instead of them, although
    what succeeded stays."""

    members: dict[str, Any] | None = None
    rows: list[Reference] | None = None
    unsaved: Record | None = None
    changes: EntityChanges | None = None
    failure: EmulatorError | None = None


@dataclass(slots=True)
class Context:
    """What a handler works with: one a root message, shared by the messages that it runs.

    ``now`` is the time of the message as stored text; ``execute`` runs a further message in the same transaction;
    ``memo`` holds what was read once and may be needed again (organization settings, exchange rates)."""

    catalog: Catalog
    store: Store
    caller: Caller
    now: str
    new_id: Callable[[], str]
    execute: Callable[[Message], Any]
    random_text: Callable[[int], str]
    memo: dict[Any, Any] = field(default_factory=dict)


MessageT = TypeVar("MessageT", bound=Message)
Handler: TypeAlias = Callable[[Context, Any], Any]

HANDLERS: dict[type[Message], Handler] = {}
OPERATIONS: dict[str, Handler] = {}
READING_OPERATIONS: set[str] = set()


HANDLER_MODULES = "dataverse_emulator.messages.all"
SOLUTION_MODULES = "dataverse_emulator.solutions.all"
SOLUTION_OPERATIONS = frozenset(
    {
        *("AddSolutionComponent", "RemoveSolutionComponent", "UpdateSolutionComponent"),
        *("ExportSolution", "ImportSolution", "RetrieveMissingComponents"),
        *("ExportSolutionAsync", "ImportSolutionAsync", "DownloadSolutionExportData", "PublishAllXmlAsync"),
        *("RetrieveRequiredComponents", "RetrieveMissingDependencies", "RetrieveDependenciesForUninstall"),
    }
)
"""Operations whose modules, which read and write archives, are loaded with the first of them alone."""


def handler_of(message: Message) -> Handler:
    """The handler of a message.

    Reading handlers register when the service is imported; the modules of all others are imported with the first
    message that needs them, as a start can do without.

    Raises:
        EmulatorError: 501 for an operation that is not emulated.
    """
    handler = _registered(message)
    if handler is None:
        _import_handlers(message)
        handler = _registered(message)
    if handler is None:
        assert isinstance(message, Operation)
        raise not_emulated(f"the message {message.name}")
    return handler


def is_emulated(message: Operation) -> bool:
    """There is a handler for the operation."""
    if message.name not in OPERATIONS:
        _import_handlers(message)
    return message.name in OPERATIONS


def _import_handlers(message: Message) -> None:
    is_of_solutions = isinstance(message, Operation) and message.name in SOLUTION_OPERATIONS
    importlib.import_module(SOLUTION_MODULES if is_of_solutions else HANDLER_MODULES)


def import_all_handlers() -> None:
    """Import the modules of all handlers, so that they are registered."""
    for module in (HANDLER_MODULES, SOLUTION_MODULES):
        importlib.import_module(module)


def _registered(message: Message) -> Handler | None:
    return OPERATIONS.get(message.name) if isinstance(message, Operation) else HANDLERS.get(type(message))


def is_reading(message: Message) -> bool:
    """The message changes nothing."""
    if isinstance(message, Operation):
        handler_of(message)
        return message.name in READING_OPERATIONS
    return not message.writes


def handles(kind: type[MessageT]) -> Callable[[Callable[[Context, MessageT], Any]], Callable[[Context, MessageT], Any]]:
    """Register the decorated function as the handler of a kind of message."""

    def register(function: Callable[[Context, MessageT], Any]) -> Callable[[Context, MessageT], Any]:
        HANDLERS[kind] = function
        return function

    return register


def operation(name: str, *, reads: bool = False) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of the operation of that name; ``reads``: it changes nothing."""

    def register(function: Handler) -> Handler:
        OPERATIONS[name] = function
        if reads:
            READING_OPERATIONS.add(name)
        return function

    return register
