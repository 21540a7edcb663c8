"""What a few tables hold after a series of writes, told by dictionaries and sets: the rules in their plainest form.

Rows are kept by table and id; a lookup's value is a pair of table and id. Each write knows the request that makes it
and what it does to the model, and with it the status that the service has to answer.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, str]
SETS = {"account": "accounts", "contact": "contacts", "lead": "leads", "task": "tasks"}
PRIMARY = {"account": "accountid", "contact": "contactid", "lead": "leadid", "task": "activityid"}
VALUES = {
    "account": ("name", "telephone1", "numberofemployees"),
    "contact": ("firstname", "lastname", "numberofchildren"),
    "lead": ("subject", "lastname"),
    "task": ("subject", "description"),
}
# navigation property → its table, the lookup, the table it leads to, and whether a row goes with the one it points to
LOOKUPS = {
    ("account", "primarycontactid"): ("primarycontactid", "contact", False),
    ("account", "parentaccountid"): ("parentaccountid", "account", False),
    ("contact", "parentcustomerid_account"): ("parentcustomerid", "account", True),
    ("contact", "parentcustomerid_contact"): ("parentcustomerid", "contact", False),
    ("task", "regardingobjectid_account_task"): ("regardingobjectid", "account", True),
    ("task", "regardingobjectid_contact_task"): ("regardingobjectid", "contact", True),
    ("task", "regardingobjectid_lead_task"): ("regardingobjectid", "lead", True),
}
# collections: of which table, and the navigation property at the other end; without one, rows of leads by links
COLLECTIONS = {
    ("account", "contact_customer_accounts"): ("contact", "parentcustomerid_account"),
    ("account", "Account_Tasks"): ("task", "regardingobjectid_account_task"),
    ("contact", "account_primary_contact"): ("account", "primarycontactid"),
    ("lead", "Lead_Tasks"): ("task", "regardingobjectid_lead_task"),
    ("account", "accountleads_association"): ("lead", ""),
}
TREES = {"account": "parentaccountid", "contact": "parentcustomerid"}
COLUMNS = {
    table: VALUES[table] + tuple(dict.fromkeys(lookup[0] for (of, _), lookup in LOOKUPS.items() if of == table))
    for table in SETS
}


def path(key: Key) -> str:
    """The address of a row."""
    return f"{SETS[key[0]]}({key[1]})"


@dataclass
class Model:
    """All rows, and the pairs of accounts and leads that are linked."""

    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)

    def all_or_nothing(self, writes: list[Write]) -> int:
        """Carry out a change set; 200, or the status of the write that fails."""
        tried = copy.deepcopy(self)
        for write in writes:
            status = write.do(tried)
            if status >= 400:
                return status
        self.rows, self.links = tried.rows, tried.links
        return 200

    def refusal(self, key: Key, binds: dict[str, Key | None]) -> int:
        """The status with which new lookups of a row are refused, or 0."""
        if any(to is not None and to not in self.rows for to in binds.values()):
            return 404
        for name, to in binds.items():
            column, seen = LOOKUPS[key[0], name][0], set[Key]()
            if column != TREES.get(key[0]):
                continue
            while to is not None and to[0] == key[0] and to not in seen:
                if to == key:
                    return 400
                seen.add(to)
                to = self.rows[to][column]
        return 0

    def put(self, key: Key, values: dict[str, Any], binds: dict[str, Key | None]) -> int:
        """Write values into a row, which is made if it is missing."""
        status = self.refusal(key, binds)
        if status == 0:
            row = self.rows.setdefault(key, dict.fromkeys(COLUMNS[key[0]]))
            row.update(values)
            row.update({LOOKUPS[key[0], name][0]: to for name, to in binds.items()})
        return status or 204

    def remove(self, key: Key) -> None:
        """Remove a row, the rows that go with it, and what pointed to them."""
        del self.rows[key]
        self.links = {link for link in self.links if key not in (("account", link[0]), ("lead", link[1]))}
        for (table, _), (column, target, goes_along) in LOOKUPS.items():
            for other in [other for other, row in self.rows.items() if other[0] == table and target == key[0]]:
                if other in self.rows and self.rows[other][column] == key:
                    if goes_along:
                        self.remove(other)
                    else:
                        self.rows[other][column] = None


@dataclass(frozen=True)
class Write:
    """A request that changes something."""

    key: Key

    def request(self) -> tuple[str, str, Any, dict[str, str]]:
        """Method, path, body, headers."""
        raise NotImplementedError

    def do(self, model: Model) -> int:
        """Do to the model what the service has to do; the status of its answer."""
        raise NotImplementedError


@dataclass(frozen=True)
class Put(Write):
    """A create, an update or an upsert."""

    kind: str
    values: dict[str, Any]
    binds: dict[str, Key | None]

    def request(self) -> tuple[str, str, Any, dict[str, str]]:
        body = {**self.values, **{f"{name}@odata.bind": to and path(to) for name, to in self.binds.items()}}
        if self.kind == "create":
            return "POST", SETS[self.key[0]], {PRIMARY[self.key[0]]: self.key[1], **body}, {}
        return "PATCH", path(self.key), body, {"If-Match": "*"} if self.kind == "update" else {}

    def do(self, model: Model) -> int:
        exists = self.key in model.rows
        if self.kind == "create" and exists:
            return 404 if model.refusal(self.key, self.binds) == 404 else 412
        if self.kind == "update" and not exists:
            return 404
        return model.put(self.key, self.values, self.binds)


@dataclass(frozen=True)
class Associate(Write):
    """Sets a lookup, or adds a row to a collection."""

    name: str
    to: Key

    def request(self) -> tuple[str, str, Any, dict[str, str]]:
        method = "PUT" if (self.key[0], self.name) in LOOKUPS else "POST"
        return method, f"{path(self.key)}/{self.name}/$ref", {"@odata.id": path(self.to)}, {}

    def do(self, model: Model) -> int:
        if self.key not in model.rows or self.to not in model.rows:
            return 404
        if (self.key[0], self.name) in LOOKUPS:
            return model.put(self.key, {}, {self.name: self.to})
        _, opposite = COLLECTIONS[self.key[0], self.name]
        if opposite:
            return model.put(self.to, {}, {opposite: self.key})
        if (self.key[1], self.to[1]) in model.links:
            return 412
        model.links.add((self.key[1], self.to[1]))
        return 204


@dataclass(frozen=True)
class Disassociate(Write):
    """Clears a lookup (``to`` is None), or takes a row out of a collection."""

    name: str
    to: Key | None

    def request(self) -> tuple[str, str, Any, dict[str, str]]:
        member = f"({self.to[1]})" if self.to is not None else ""
        return "DELETE", f"{path(self.key)}/{self.name}{member}/$ref", None, {}

    def do(self, model: Model) -> int:
        if self.key not in model.rows:
            return 404
        if self.to is None:
            column, target, _ = LOOKUPS[self.key[0], self.name]
            present = model.rows[self.key][column]
            if present is not None and present[0] == target:  # else this property leads nowhere (ruling R22)
                model.rows[self.key][column] = None
            return 204
        table, opposite = COLLECTIONS[self.key[0], self.name]
        if not opposite:
            model.links.discard((self.key[1], self.to[1]))
        elif self.to in model.rows:
            column = LOOKUPS[table, opposite][0]
            if model.rows[self.to][column] == self.key:
                model.rows[self.to][column] = None
        return 204


@dataclass(frozen=True)
class Delete(Write):
    """Deletes a row."""

    def request(self) -> tuple[str, str, Any, dict[str, str]]:
        return "DELETE", path(self.key), None, {}

    def do(self, model: Model) -> int:
        if self.key not in model.rows:
            return 404
        model.remove(self.key)
        return 204
