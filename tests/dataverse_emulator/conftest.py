"""An environment with the rows of every organization and nothing else, reset before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.messages.base import Caller, Create, Delete, Operation, Record, Related, Update
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.service import Service
from dataverse_emulator.values import Reference

NOW = "2024-05-01T10:00:00Z"


class Bench:
    """Short words for messages, as the default user."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.store = service.store
        self.caller: Caller = service.default_caller()
        self.user = Reference("systemuser", self.caller.user_id)

    def table(self, name: str) -> Table:
        return self.service.catalog.table(name)

    def run(self, message: Any) -> Any:
        return self.service.execute(message, self.caller)

    def record(self, table: str, values: dict[str, Any], **related: list[Any]) -> Record:
        """A record; keyword arguments are navigation properties with records or references."""
        definition = self.table(table)
        nested = [Related(definition.navigation[name], items) for name, items in related.items()]
        return Record(definition, values, nested)

    def create(self, table: str, values: dict[str, Any] | None = None, **related: list[Any]) -> Reference:
        return Reference(table, self.run(Create(self.record(table, values or {}, **related))))

    def read(self, row: Reference) -> dict[str, Any]:
        found = self.find(row)
        assert found is not None, f"{row} does not exist"
        return found

    def find(self, row: Reference) -> dict[str, Any] | None:
        with self.store.reading():
            return self.store.read(self.table(row.table), row.id)

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        with self.store.reading():
            return self.store.find(self.table(table), where)

    def update(self, row: Reference, values: dict[str, Any], **related: list[Any]) -> None:
        self.run(Update(row, self.record(row.table, values, **related)))

    def delete(self, row: Reference) -> None:
        self.run(Delete(row))

    def operation(self, name: str, target: Reference | None = None, **parameters: Any) -> Any:
        return self.run(Operation(name, target, parameters=parameters))

    def write(self, row: Reference, **values: Any) -> None:
        """Put values into the store behind the platform's back."""
        with self.store.transaction():
            self.store.update(self.table(row.table), row.id, values)

    @property
    def base_currency(self) -> Reference:
        found = self.rows("organization")[0]["basecurrencyid"]
        assert isinstance(found, Reference)
        return found

    def other_currency(self, rate: float = 2.0, **values: Any) -> Reference:
        named = {"currencyname": "Test crown", "isocurrencycode": "TSK", "currencysymbol": "k", "currencyprecision": 2}
        return self.create("transactioncurrency", {**named, "exchangerate": rate, **values})

    def other_user(self, name: str = "Second") -> Reference:
        return self.create("systemuser", {"firstname": name, "lastname": "User", "domainname": f"{name}@example.com"})


@pytest.fixture(scope="session")
def shared_service() -> Iterator[Service]:
    service = open_service(Settings())
    service.clock.freeze(datetime(2024, 5, 1, 10, tzinfo=UTC))
    yield service
    service.close()


@pytest.fixture
def bench(shared_service: Service) -> Bench:
    """A fresh environment."""
    shared_service.reset()
    return Bench(shared_service)


@contextmanager
def _refused(name: str, code: str, status: int | None = None) -> Iterator[None]:
    with pytest.raises(EmulatorError) as caught:
        yield
    assert (caught.value.name, caught.value.code.lower()) == (name, code.lower()), caught.value.message
    if status is not None:
        assert caught.value.status == status


@pytest.fixture
def refused() -> Callable[..., Any]:
    """A context manager: its block raises the error of that name, code and status."""
    return _refused
