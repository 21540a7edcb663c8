"""SQLite: one connection, in memory or on a file. All that is SQLite's own about storage stands here."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultDialect

from dataverse_emulator.errors import SchemaChanged, error

if TYPE_CHECKING:
    from dataverse_emulator.storage.claim import Claim

PAGE_SIZE = 1024
FILES_PAGE_SIZE = 16384
CACHE_KB = 65_536
QUERY_SECONDS = 10.0
_BEYOND_LIMITS = re.compile("too (?:large|many|complex|big)|stack overflow|at most [0-9]+ tables")
_OPERATIONS_BETWEEN_LOOKS = 1_000_000
_PRIMARY = 0xFF
"""The part of SQLite's error codes that names the kind of problem."""
_DISK_PROBLEMS = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class UnusableDatabase(Exception):
    """A database file that cannot be opened; the text says why, for the user."""


def local_time(moment: str | None, zone: str) -> str | None:
    """A stored moment as the clocks of a time zone show it; SQL knows no zones.

    >>> local_time("2024-03-31T23:30:00Z", "Europe/Paris")
    '2024-04-01T01:30:00'
    """
    if moment is None:
        return None
    return datetime.fromisoformat(moment).astimezone(_zone(zone)).replace(tzinfo=None).isoformat()


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # noticeable at a start, and seldom needed

    return ZoneInfo(name)


class SqliteDatabase:
    """A connection in autocommit mode; transactions are begun and ended by name.

    Not safe for concurrent use: the store holds a lock around every use.
    """

    _begin: str
    _commit: str
    _rollback: tuple[str, ...]
    _keeps_start: bool

    def __init__(self, path: str | None, mark: str = "") -> None:
        """Open a database.

        Args:
            path: a file, or None for memory. A file is written ahead (WAL): what was acknowledged survives the end
                of the process at any moment. One emulator at a time has it.
            mark: the table by which a file of ours is known; one with other tables only is left as it is.

        Raises:
            UnusableDatabase: another emulator has the file, or another program made it.
        """
        self.path = path
        self._claim = None if path is None else _claim(path)
        self._has_files = False
        self._until = inf
        self.statements = 0
        try:
            self._connect(path)
            try:
                if mark and not self.is_empty() and not self.has_table(mark):
                    raise UnusableDatabase(f"The database {path} cannot be opened: another program made it.")
                self._set_up(path)
            except BaseException:  # also an interrupt: the connection is closed
                self.connection.close()
                raise
        except BaseException:  # also an interrupt: the claim is given back
            if self._claim is not None:
                self._claim.release()
            raise

    def _connect(self, path: str | None) -> None:
        self.connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=1024, timeout=30
        )
        self._run = self.connection.execute

    def _set_up(self, path: str | None) -> None:
        self.connection.create_function("local_time", 2, local_time, deterministic=True)
        self.connection.set_progress_handler(lambda: monotonic() > self._until, _OPERATIONS_BETWEEN_LOOKS)
        self._commit_alone()
        # the template's page size: small, as most tables are empty and the image is copied at every start and reset;
        # a file must have the same, as content cannot be copied into a written-ahead file of another
        self._run(f"PRAGMA page_size = {PAGE_SIZE}")
        if path is not None:
            self._run("PRAGMA journal_mode = WAL")
            self._run("PRAGMA synchronous = NORMAL")
            self._run("PRAGMA secure_delete = OFF")  # else what is deleted is written once more, as zeros
        self._run("PRAGMA temp_store = MEMORY")
        self._run(f"PRAGMA cache_size = -{CACHE_KB}")

    @staticmethod
    def dialect() -> Dialect:
        """What statements are rendered for.

        SQLAlchemy's plain dialect writes what SQLite reads; SQLite's own would bring in its drivers, a noticeable part
        of a start."""
        return DefaultDialect(paramstyle="qmark")

    def fetch(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a SELECT and return all its rows.

        Raises:
            SchemaChanged: a table or column is not there.
        """
        self.statements += 1
        try:
            return self._run(sql, values).fetchall()
        except sqlite3.OperationalError as problem:
            raise _told(problem) from problem

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a SELECT of a client, which may take ``QUERY_SECONDS``: all others wait for it.

        Raises:
            EmulatorError: 0x80044151 when it takes longer, 0x80060888 when it is beyond what SQLite takes: expressions
                too deep, too many values, tables or columns.
            SchemaChanged: a table or column is not there.
        """
        self._until = monotonic() + QUERY_SECONDS
        try:
            return self.fetch(sql, values)
        except sqlite3.OperationalError as problem:
            if _BEYOND_LIMITS.search(str(problem)) is None:
                raise
            raise error("QueryTooComplex") from problem
        finally:
            self._until = inf

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement that changes rows and return how many it touched.

        Raises:
            EmulatorError: 0x80040237 when a unique value exists already.
            SchemaChanged: a table or column is not there.
        """
        self.statements += 1
        try:
            return self._run(sql, values).rowcount
        except sqlite3.IntegrityError as problem:
            raise error("DuplicateKey") from problem
        except sqlite3.OperationalError as problem:
            raise _told(problem) from problem

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once a row."""
        self.statements += 1
        try:
            self.connection.executemany(sql, rows)
        except sqlite3.IntegrityError as problem:
            raise error("DuplicateKey") from problem
        except sqlite3.OperationalError as problem:
            raise _told(problem) from problem

    def begin(self) -> None:
        """Start a write transaction.

        Raises:
            EmulatorError: 0x80044150 when the file cannot be written.
        """
        self._control(self._begin)

    def commit(self) -> None:
        """Keep what was written since ``begin``.

        Raises:
            EmulatorError: 0x80044150 when the file cannot be written; the transaction is still open.
        """
        self._control(self._commit)

    def _control(self, statement: str) -> None:
        try:
            self._run(statement)
        except sqlite3.OperationalError as problem:
            raise _told(problem) from problem

    def rollback(self) -> None:
        """Forget what was written since ``begin``."""
        if self.connection.in_transaction:
            for statement in self._rollback:
                self._run(statement)

    def keep_start(self) -> None:
        """Make the present content of a database in memory the one that ``return_to_start`` goes back to.

        One transaction stays open for good and every other becomes a save point in it, so that going back is one
        statement (design §5). A file cannot have that: what is acknowledged there must be committed.
        """
        if self.path is None:
            self._run("BEGIN")
            self._run("SAVEPOINT start")
            self._begin, self._commit = "SAVEPOINT message", "RELEASE message"
            self._rollback = ("ROLLBACK TO message", "RELEASE message")
            self._keeps_start = True

    def return_to_start(self) -> bool:
        """Go back to the kept start; False when none is kept."""
        if not self._keeps_start:
            return False
        try:
            self._run("ROLLBACK TO start")
        except sqlite3.OperationalError:  # SQLite gave the whole transaction up, for example without memory
            self._commit_alone()
            return False
        return True

    def _commit_alone(self) -> None:
        self._begin, self._commit, self._rollback = "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
        self._keeps_start = False

    def save_point(self, depth: int) -> None:
        """Mark a point to which ``rollback_to`` returns."""
        self._run(f"SAVEPOINT level{depth}")

    def release(self, depth: int) -> None:
        """Forget a save point, keeping what was written since."""
        self._run(f"RELEASE level{depth}")

    def rollback_to(self, depth: int) -> None:
        """Forget what was written since a save point, and the point."""
        with contextlib.suppress(sqlite3.OperationalError):  # the whole transaction may be gone already
            self._run(f"ROLLBACK TO level{depth}")
            self._run(f"RELEASE level{depth}")

    def files_schema(self) -> str:
        """The schema for contents of files: a database in memory has them in a temporary file beside it.

        They follow its transactions, and go back to its start with it. The file has no name, so it goes with this
        process whatever happens; it is opened when it is needed first. That must be before a column is dropped, after
        which SQLite lets nobody say where temporary files are.
        """
        if self.path is not None:
            return "main"
        if not self._has_files:
            # until the first write the setting tells where the file and what is kept to undo changes of it are
            self._run("PRAGMA temp_store = FILE")
            try:
                self._run("ATTACH '' AS files")
                self._has_files = True
                for setting in (f"page_size = {FILES_PAGE_SIZE}", "cache_size = -2048", "secure_delete = OFF"):
                    self._run(f"PRAGMA files.{setting}").fetchall()
                self._run("PRAGMA files.user_version = 1")
            finally:
                self._run("PRAGMA temp_store = MEMORY")
        return "files"

    @contextlib.contextmanager
    def small_cache(self) -> Iterator[None]:
        """Keep little of what is read and written in memory: contents of files would push out everything else."""
        if self.path is not None:
            self._run("PRAGMA cache_size = -4096")
        try:
            yield
        finally:
            if self.path is not None:
                self._run(f"PRAGMA cache_size = -{CACHE_KB}")

    def image(self) -> bytes:
        """The whole database as bytes."""
        return self.connection.serialize()

    def load(self, image: bytes) -> None:
        """Replace the whole content with an image.

        An empty database in memory becomes the image. Otherwise pages are copied: taking the place of a database in
        use makes its prepared statements read other tables' pages, or crash (performance §4).

        Raises:
            EmulatorError: 0x80044150 when a file cannot be written; it is as it was then.
        """
        if self.path is None and self.is_empty():
            self.connection.deserialize(image)
            return
        source = sqlite3.connect(":memory:", isolation_level=None)
        try:
            source.deserialize(image)
            source.backup(self.connection)
        except sqlite3.OperationalError as problem:
            raise _told(problem) from problem
        finally:
            source.close()

    @property
    def stamp(self) -> int:
        """A number (31 bits) that the database keeps beside its content; 0 at first."""
        return int(self._run("PRAGMA user_version").fetchone()[0])

    @stamp.setter
    def stamp(self, number: int) -> None:
        self._run(f"PRAGMA user_version = {number}")

    def schema(self) -> dict[str, set[str]]:
        """The tables with the names of their columns."""
        columns = self._run(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
        )
        found: dict[str, set[str]] = {}
        for table, column in columns.fetchall():
            found.setdefault(table, set()).add(column)
        return found

    def indexes(self) -> set[str]:
        """The names of the indexes."""
        return {name for (name,) in self._run("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()}

    def is_empty(self) -> bool:
        """The database has no tables."""
        return not self._run("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()

    def has_table(self, name: str) -> bool:
        """There is a table of that name."""
        return bool(self._run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchall())

    def close(self) -> None:
        """Close the connection; a file's log is folded into it."""
        self.connection.close()
        if self._claim is not None:
            self._claim.release()


def _claim(path: str) -> Claim:
    from dataverse_emulator.storage.claim import Claim  # a start without a file does without

    return Claim(path)


def _told(problem: sqlite3.OperationalError) -> Exception:
    """What a failed statement means: ``SchemaChanged`` where it names what is not there, an error where the disk or the
    time was not enough, else the problem itself."""
    text = str(problem)
    if "no such" in text or "has no column" in text:
        return SchemaChanged(text)
    cause = problem.sqlite_errorcode & _PRIMARY
    if cause == sqlite3.SQLITE_INTERRUPT:
        return error("SqlTimeout")
    return error("SqlError", problem=text) if cause in _DISK_PROBLEMS else problem
