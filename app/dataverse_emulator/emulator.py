"""The emulator as a Python object: in process, over http and over https."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dataverse_emulator.config import DEFAULT_HOST, Settings

if TYPE_CHECKING:
    from dataverse_emulator.intercept import Interception
    from dataverse_emulator.plugins import PluginCall
    from dataverse_emulator.server import RunningServer
    from dataverse_emulator.service import Service
    from dataverse_emulator.web.application import Application

API_PATH = "/api/data/v9.2"


class Emulator:
    """A Dataverse environment of your own.

    It starts with the ``with`` block, or by itself when it is first used. The servers for http and https listen only
    when their URL is asked for, or at the start when they were given a port.
    """

    def __init__(
        self,
        seed: str | Iterable[str] | None = None,
        database: str | None = None,
        port: int = 0,
        tls_port: int | None = 0,
        host: str = DEFAULT_HOST,
        schema: str | Iterable[str] = (),
        plugins: str | Iterable[str] = (),
    ) -> None:
        """Describe an emulator; nothing is opened yet.

        Args:
            seed: name of a scenario, or several: ``"sample"``.
            database: path of a SQLite file; None keeps the rows in memory.
            port: port for http; 0 lets the system pick one.
            tls_port: port for https; 0 lets the system pick one, None leaves https out.
            host: address to listen on.
            schema: path of a schema file whose tables are added, or several.
            plugins: path of a Python file that gives custom APIs their behaviour, or several.
        """
        schemas, files = ((each,) if isinstance(each, str) else tuple(each) for each in (schema, plugins))
        seeds = () if seed is None else (seed,) if isinstance(seed, str) else tuple(seed)
        self._settings = Settings(
            host=host,
            port=port,
            tls_port=tls_port,
            database=database,
            seeds=seeds,
            schemas=schemas,
            plugins=files,
            log_format="none",
        )
        self._lock = threading.RLock()
        self._application: Application | None = None
        self._server: RunningServer | None = None
        self._tls_server: RunningServer | None = None
        self._ca_file: str | None = None

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Open the environment, and listen on the ports that were given; a second call changes nothing.

        Raises:
            UnknownSeed: there is no such seed.
            PortInUse: another process listens on a given port.
        """
        with self._lock:
            if self._application is not None:
                return
            from dataverse_emulator.environment import open_service
            from dataverse_emulator.web.application import create_application

            service = open_service(self._settings)
            self._application = create_application(service, self._settings)
            try:
                if self._settings.port:
                    self._listen()
                if self._settings.tls_port:
                    self._listen_with_tls()
            except BaseException:  # also an interrupt: a half-started emulator is stopped
                self.stop()
                raise

    def stop(self) -> None:
        """Stop the servers and close the environment; a second call changes nothing."""
        with self._lock:
            application, self._application = self._application, None
            servers = (self._server, self._tls_server)
            self._server = self._tls_server = None
        for server in servers:
            if server is not None:
                server.stop()
        if application is not None:
            application.front.service.close()

    @property
    def application(self) -> Application:
        """The WSGI application, for Flask's test client and other WSGI tools."""
        with self._lock:
            self.start()
            assert self._application is not None
            return self._application

    @property
    def service(self) -> Service:
        """The organization service below the Web API."""
        return self.application.front.service

    @property
    def url(self) -> str:
        """The environment's http URL, without a slash at the end."""
        with self._lock:
            return self._listen().url

    @property
    def api_url(self) -> str:
        """The root of the Web API over http."""
        return self.url + API_PATH

    @property
    def https_url(self) -> str:
        """The environment's https URL; clients need to trust ``ca_file``.

        Raises:
            ValueError: https was left out (``tls_port=None``).
        """
        with self._lock:
            return self._listen_with_tls().url

    @property
    def https_api_url(self) -> str:
        """The root of the Web API over https."""
        return self.https_url + API_PATH

    @property
    def ca_file(self) -> str:
        """The certificate to trust for ``https_url``: ``verify=emulator.ca_file``, ``REQUESTS_CA_BUNDLE``."""
        with self._lock:
            if self._ca_file is None:
                from dataverse_emulator.certificates import ensure_certificates

                self._ca_file = str(ensure_certificates([self._settings.host]).ca_file)
            return self._ca_file

    def reset(self) -> None:
        """Put all rows back to what the environment started with."""
        self.service.reset()

    def plug(self, message: str, function: Callable[[PluginCall], Any] | None) -> None:
        """Let a function answer a custom API, or any other message that the emulator does not have.

        Args:
            message: unique name: ``"new_Discount"``.
            function: takes a ``PluginCall`` and gives the response properties by name; None takes the former one away.
        """
        self.service.customs.plug(message, function)

    def intercept(self, url: str) -> Interception:
        """Answer the calls of ``requests`` to an origin in process, in a ``with`` block: no socket, no certificate.

        Every session is covered, also those made earlier and those of client libraries; calls to other origins go where
        they always went. Links in answers name the intercepted origin.

        Args:
            url: the organization's URL as the client knows it: ``https://contoso.crm.dynamics.com``.

        Raises:
            ValueError: the URL is not an absolute one of http or https.
        """
        from dataverse_emulator.intercept import Interception

        return Interception(url, lambda request: self.application.front.answer(request))

    def _listen(self) -> RunningServer:
        if self._server is None:
            from dataverse_emulator.server import RunningServer

            self._server = RunningServer(self.application, self._settings.host, self._settings.port)
            self._tell_urls()
        return self._server

    def _listen_with_tls(self) -> RunningServer:
        if self._settings.tls_port is None:
            raise ValueError("This emulator was made without https (tls_port=None).")
        if self._tls_server is None:
            from dataverse_emulator.certificates import chain_file_for, ensure_certificates
            from dataverse_emulator.server import RunningServer
            from dataverse_emulator.server.tls import answer_to_any_name, make_tls_context

            made = ensure_certificates([self._settings.host])
            self._ca_file = str(made.ca_file)
            context = make_tls_context(str(made.chain_file))
            answer_to_any_name(context, chain_file_for)
            self._tls_server = RunningServer(self.application, self._settings.host, self._settings.tls_port, context)
            self._tell_urls()
        return self._tls_server

    def _tell_urls(self) -> None:
        servers = (self._server, self._tls_server)
        self.application.front.control.urls = tuple(server.url for server in servers if server is not None)
