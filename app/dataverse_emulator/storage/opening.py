"""Opens stores. The tables and first rows of an environment are made once and kept as a database image."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from dataverse_emulator import __version__, cache_folder
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.storage.counters import COUNTERS
from dataverse_emulator.storage.schema import ddl
from dataverse_emulator.storage.sqlite import SqliteDatabase, UnusableDatabase
from dataverse_emulator.storage.store import Store


def open_store(
    catalog: Catalog,
    database: str | None,
    seeds: tuple[str, ...],
    fingerprint: str,
    fill: Callable[[Store], None],
    complete: Callable[[Store], None] = lambda _: None,
) -> Store:
    """Open the store of an environment.

    Args:
        database: path of a file that keeps the rows, or None for memory. A file that holds rows already keeps them, and
            gets what it lacks; ``restore`` takes it back to the seeds all the same.
        seeds: names of what ``fill`` loads; part of the image's name.
        fingerprint: digest of the definitions and of the rows that ``fill`` loads.
        fill: loads the first rows into an empty store; called only when no image is kept yet.
        complete: adds the rows that a file of other definitions lacks.

    Raises:
        UnusableDatabase: another emulator has the file, it is no database of ours, or it cannot be opened.
    """
    template = _Template(catalog, seeds, fingerprint, fill)
    try:
        opened = SqliteDatabase(database, COUNTERS)
    except UnusableDatabase:
        raise
    except sqlite3.Error as problem:
        raise UnusableDatabase(f"The database {database} cannot be opened: {problem}.") from problem
    try:
        if opened.is_empty():
            opened.load(template.image())
        opened.keep_start()
        if opened.stamp == template.stamp:
            return Store(catalog, opened, template.image)
        from dataverse_emulator.storage.upgrading import open_upgraded  # seldom needed

        return open_upgraded(catalog, opened, template.stamp, template.image, complete)
    except BaseException:  # also an interrupt: the file is given back
        opened.close()
        raise


class _Template:
    """The image of a fresh environment: from memory, from the cache folder, or made anew."""

    def __init__(
        self, catalog: Catalog, seeds: tuple[str, ...], fingerprint: str, fill: Callable[[Store], None]
    ) -> None:
        self._catalog = catalog
        self._fill = fill
        parts = (__version__, sqlite3.sqlite_version, fingerprint, *_sources())
        self.stamp = int(_digest(parts)[:8], 16) >> 1 or 1
        """Marks the databases that have what this template has, whatever their seeds."""
        self._name = f"template-{_digest((*parts, *seeds))[:32]}.sqlite"
        self._image: bytes | None = None

    def image(self) -> bytes:
        """The image."""
        if self._image is None:
            kept = cache_folder.read(self._name)
            if kept is None or not kept.startswith(b"SQLite format 3\x00"):
                kept = self._make()
                cache_folder.write(self._name, kept)
            self._image = kept
        return self._image

    def _make(self) -> bytes:
        database = SqliteDatabase(None)
        try:
            database.begin()
            for statement in ddl(self._catalog, database.dialect()):
                database.run(statement)
            database.commit()
            store = Store(self._catalog, database, lambda: b"")
            with store.transaction():
                self._fill(store)
            database.stamp = self.stamp
            database.run("VACUUM")
            return database.image()
        finally:
            database.close()


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _sources() -> list[str]:
    """State of the code that decides what an image holds, so that an image never outlives a change of it."""
    root = Path(__file__).parent.parent
    files = [
        *root.glob("storage/*.py"),
        *root.glob("messages/**/*.py"),
        *root.glob("metadata/*.py"),
        *root.glob("query/*.py"),
    ]
    return sorted(f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)
