"""Runs an emulator in the foreground: from the settings to the last connection."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from dataverse_emulator import __version__
from dataverse_emulator.config import Settings

if TYPE_CHECKING:
    import ssl

STOP_SECONDS = 1.5
CLEAN_EXIT = 0
IMPATIENT_EXIT = 130


class UnusableSetting(Exception):
    """A setting names something that does not exist."""


class StartFailed(Exception):
    """The emulator could not start."""


class PortTaken(StartFailed):
    """Another process listens on the port."""


def serve(settings: Settings) -> None:
    """Start, say so, answer until SIGINT or SIGTERM arrives, stop.

    Raises:
        UnusableSetting: a seed is unknown.
        PortTaken: another process listens on a port.
        StartFailed: the database cannot be opened, an address or a certificate cannot be used.
    """
    wish = _StopWish()
    gc.disable()  # nothing that a start makes is garbage
    running = _start(settings)
    gc.enable()
    gc.freeze()
    try:
        if settings.port_file:
            _write_port(Path(settings.port_file), running.port)
        running.announce()
        wish.wait()
    finally:
        if settings.port_file:
            with contextlib.suppress(OSError):
                os.unlink(settings.port_file)
        running.stop()


class _StopWish:
    """Set by the first signal that asks for a stop; the second one ends the process where it stands."""

    def __init__(self) -> None:
        self._event = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the shape of signal handlers
        if self._event.is_set():
            os._exit(IMPATIENT_EXIT)
        self._event.set()

    def wait(self) -> None:
        while not self._event.wait(None if os.name == "posix" else 0.2):
            pass


class _Running:
    """A started emulator: its servers, its environment and what there is to say about them."""

    def __init__(self, settings: Settings) -> None:
        from dataverse_emulator.environment import open_service
        from dataverse_emulator.server import RunningServer
        from dataverse_emulator.web.application import create_application

        self._settings = settings
        self._ca_file: Path | None = None
        self._service = open_service(settings)
        application = create_application(self._service, settings)
        self._servers: list[RunningServer] = []
        try:
            self._servers.append(RunningServer(application, settings.host, settings.port))
            if settings.tls_port is not None:
                context = self._make_tls_context()
                self._servers.append(RunningServer(application, settings.host, settings.tls_port, context))
        except BaseException:  # also an interrupt: what has started is stopped
            self.stop()
            raise
        application.front.control.urls = tuple(server.url for server in self._servers)

    @property
    def port(self) -> int:
        """The port for http."""
        return self._servers[0].port

    def announce(self) -> None:
        """Print the banner: one line, the word ``ready`` last."""
        from dataverse_emulator.web.control import describe_database

        parts = [f"Dataverse Emulator {__version__}", *(server.url for server in self._servers)]
        if self._ca_file is not None:
            parts.append(f"REQUESTS_CA_BUNDLE={self._ca_file} NODE_EXTRA_CA_CERTS={self._ca_file}")
        parts += [
            f"seeds: {', '.join(self._settings.seeds) or 'none'}",
            f"database: {describe_database(self._settings.database)}",
            "ready",
        ]
        with contextlib.suppress(OSError):
            print(" | ".join(parts), flush=True)

    def stop(self) -> None:
        """Stop within two seconds, whatever requests are doing; what was committed is kept."""
        workers = [threading.Thread(target=server.stop, daemon=True) for server in self._servers]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(STOP_SECONDS)
        if any(worker.is_alive() for worker in workers):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(CLEAN_EXIT)
        self._service.close()

    def _make_tls_context(self) -> ssl.SSLContext:
        from dataverse_emulator.server.tls import answer_to_any_name, make_tls_context

        settings = self._settings
        if settings.tls_cert is not None:
            return make_tls_context(settings.tls_cert, settings.tls_key)
        from dataverse_emulator.certificates import chain_file_for, ensure_certificates

        made = ensure_certificates([settings.host], settings.folder)
        self._ca_file = made.ca_file
        context = make_tls_context(str(made.chain_file))
        answer_to_any_name(context, lambda name: chain_file_for(name, settings.folder))
        return context


def _start(settings: Settings) -> _Running:
    from dataverse_emulator.environment import UnknownSeed, UnusableFile
    from dataverse_emulator.server import CannotListen, PortInUse
    from dataverse_emulator.storage.sqlite import UnusableDatabase

    try:
        return _Running(settings)
    except (UnknownSeed, UnusableFile) as problem:
        raise UnusableSetting(str(problem)) from problem
    except PortInUse as problem:
        option = "--tls-port" if problem.port == settings.tls_port else "--port"
        raise PortTaken(f"{problem} Choose another one with {option}; 0 picks a free one.") from problem
    except (CannotListen, UnusableDatabase) as problem:
        raise StartFailed(str(problem)) from problem
    except Exception as problem:  # whatever a damaged file causes; raised again as what to do
        if settings.database is None:
            raise
        raise StartFailed(f"The database {settings.database} cannot be opened: {problem}") from problem


def _write_port(file: Path, port: int) -> None:
    """Write the file whole, so that nobody reads half a number."""
    try:
        handle, draft = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"{port}\n")
        os.chmod(draft, 0o644)
        os.replace(draft, file)
    except OSError as problem:
        raise StartFailed(f"The port file {file} cannot be written: {problem.strerror or problem}.") from problem
