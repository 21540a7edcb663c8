"""The organization service of one environment: every change and every question goes through ``Service.execute``."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from dataverse_emulator.clock import Clock
from dataverse_emulator.errors import EmulatorError, SchemaChanged, error
from dataverse_emulator.identifiers import Identifiers
from dataverse_emulator.messages import retrieving as retrieving  # registers the reading handlers
from dataverse_emulator.messages.base import (
    Caller,
    Context,
    Handler,
    Message,
    Operation,
    handler_of,
    is_emulated,
    is_reading,
)
from dataverse_emulator.messages.customizing import WAITING, Customizations
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.storage.store import Store

if TYPE_CHECKING:
    from dataverse_emulator.customs import CustomApis

# The administrator of the shipped base rows (rows/base.json)
DEFAULT_USER_ID = "aca67c33-402a-4395-bcd1-814df3769925"


class Service:
    """Catalog, store, clock and identifiers of one environment.

    Safe to share between threads: a message runs under the store's lock, one transaction a message.
    """

    def __init__(self, catalog: Catalog, store: Store, clock: Clock | None = None) -> None:
        self.catalog = catalog
        self.store = store
        self.clock = clock or Clock()
        self.identifiers = Identifiers()
        self._default: tuple[int, Caller] | None = None
        self._customs: CustomApis | None = None
        self._customizations = Customizations()
        self._lock = threading.Lock()
        self._memo: dict[str, Any] | None = None
        self._lasting: list[tuple[Message, Caller]] | None = None

    def execute(self, message: Message, caller: Caller) -> Any:
        """Run a message in one transaction and return its result.

        Raises:
            EmulatorError: whatever the message's rules say; nothing is changed then. 0x80071151 (429) for an import of
                a solution while another one runs.
            SchemaChanged: the message is bound to a former definition of its table.
        """
        if type(message) is Operation and message.name in WAITING:
            with self._customizations.running(message.name):
                return self._run(message, caller)
        return self._run(message, caller)

    def _run(self, message: Message, caller: Caller) -> Any:
        handler = self._handler_of(message)
        reads = handler != self._answer_custom and is_reading(message)
        if self.store.expiry.due is not None:
            self._expire()
        with self.store.reading() if reads else self.store.transaction():
            self._check_binding(message)
            result = handler(self.context(caller), message)
            if self._lasting is not None:
                self._remember(message, caller)
        return result

    def _remember(self, message: Message, caller: Caller) -> None:
        """Keep a message of a unit whose effect stays when the unit is undone."""
        from dataverse_emulator.messages.elastic import stands_alone

        if self._lasting is not None and stands_alone(message, self.catalog):
            self._lasting.append((message, caller))

    def _expire(self) -> None:
        """Remove rows whose time is over; not inside a unit, which could be undone."""
        from dataverse_emulator.storage.expiring import remove_expired

        now = self.clock.now_text()
        with self.store.reading():
            due = self.store.expiry.due
            if due is not None and due <= now and self._memo is None:
                remove_expired(self.store, now)

    def _check_binding(self, message: Message) -> None:
        """Refuse a row whose values were bound while its table was another: their types may have changed."""
        record = getattr(message, "record", None)
        if record is not None and self.catalog.find(record.table.logical_name) is not record.table:
            raise SchemaChanged(f"The definition of {record.table.logical_name} has changed.")

    @property
    def customs(self) -> CustomApis:
        """The custom APIs of the environment, and what answers them."""
        if self._customs is None:
            from dataverse_emulator.customs import CustomApis

            self._customs = CustomApis(self.catalog, self.store)
        return self._customs

    def _handler_of(self, message: Message) -> Handler:
        if type(message) is Operation and not is_emulated(message):
            return self._answer_custom
        return handler_of(message)

    def _answer_custom(self, context: Context, message: Operation) -> Any:
        return self.customs.answer(context, message)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """One transaction around several messages: they are all kept, or none when the block raises.

        The block must raise when one of them fails, which is not undone by itself. Other threads wait until its end.
        What one message finds out about settings and rates serves the next ones.
        Rows of elastic tables know no transaction of several messages (02 §17): what was done to them stays.
        """
        lasting: list[tuple[Message, Caller]] = []
        try:
            with self.store.transaction(), self.store.gathering():
                outer = self._memo, self._lasting
                self._memo, self._lasting = {}, lasting
                try:
                    yield
                finally:
                    self._memo, self._lasting = outer
        except BaseException:  # also an interrupt: elastic rows outlive the rest
            if lasting:
                self._execute_again(lasting)
            raise

    def _execute_again(self, messages: Iterable[tuple[Message, Caller]]) -> None:
        """Run messages once more whose effect was undone with that of others."""
        from dataverse_emulator.messages.elastic import made_again

        for message, caller in messages:
            # a row or a table that it needs may be gone now
            with suppress(EmulatorError, SchemaChanged):
                self.execute(made_again(message, self.catalog), caller)

    def caller(self, user_id: str) -> Caller:
        """The caller for a user, as the user is now.

        Raises:
            EmulatorError: 0x80040217 when there is no such user, 0x80040225 when the user is disabled.
        """
        with self.store.reading():
            row = self.store.read(self.catalog.table("systemuser"), user_id, ("businessunitid", "isdisabled"))
        if row is None:
            raise error("ObjectDoesNotExist", table="systemuser", id=user_id)
        if row["isdisabled"]:
            raise error("UserDisabled")
        unit = row["businessunitid"]
        return Caller(user_id, unit.id if unit is not None else "")

    def default_caller(self) -> Caller:
        """The caller of requests that name no user: the environment's administrator (ruling R18).

        Found once, and again when users may have changed; one who is disabled meanwhile stays the caller.
        """
        stamp, known = self.store.settings_stamp, self._default
        if known is None or known[0] != stamp:
            try:
                known = stamp, self.caller(DEFAULT_USER_ID)
            except EmulatorError:
                if known is None:
                    raise
                known = stamp, known[1]
            self._default = known
        return known[1]

    def forget_callers(self) -> None:
        """Look the default caller up again: users were changed behind the messages."""
        self._default = None

    def reset(self) -> None:
        """Put all rows back to what the environment started with."""
        with self._lock:
            self.store.restore()
            self._default = None

    def close(self) -> None:
        """Close the store; the service cannot be used afterwards."""
        self.store.close()

    def context(self, caller: Caller) -> Context:
        """What handlers work with, for one root message; the caller holds a transaction of the store."""
        context = Context(
            catalog=self.catalog,
            store=self.store,
            caller=caller,
            now=self.clock.now_text(),
            new_id=self.identifiers.new_id,
            execute=lambda message: self._handler_of(message)(context, message),
            random_text=self.identifiers.random_text,
            memo={} if self._memo is None else self._memo,
        )
        return context
