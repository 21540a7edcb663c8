"""The servers for http and https, in threads of this process.

cheroot does the work. What is different here: no worker waits for a client that has not said anything yet, TLS is
negotiated in the workers, chunked bodies are read to their end before the application runs, requests that are not HTTP
are answered in the service's error shape and never with a trace.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import socket
import threading
import traceback
from typing import TYPE_CHECKING, Any

from cheroot import server, wsgi

from dataverse_emulator import __version__
from dataverse_emulator.error_catalogue import CATALOGUE
from dataverse_emulator.server.memory import give_back_large_blocks
from dataverse_emulator.server.sockets import CannotListen, PortInUse, drain
from dataverse_emulator.server.workers import Workers
from dataverse_emulator.spool import LONGEST_IN_MEMORY, PIECE_SIZE, Spool
from dataverse_emulator.web.application import MAX_BODY_BYTES
from dataverse_emulator.web.problems import problem_body

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import WSGIApplication

BACKLOG = 128
IDLE_SECONDS = 30
STOP_SECONDS = 1
MAX_HEADER_BYTES = 128 * 1024  # the longest URL of a GET is 32 KB (contract 01 §1)

_TOO_LARGE = CATALOGUE["RequestTooLarge"]
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_BEFORE_PATH = re.compile(rb"([A-Za-z]+ )(?:(?i:https?)://[^/?# ]+/+|//+)")
_PORT_TAKEN = {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}
_log = logging.getLogger("dataverse_emulator")

_listed_headers: list[bytes] = vars(server)["comma_separated_headers"]
if b"Prefer" not in _listed_headers:  # else the last of several Prefer headers wins
    _listed_headers.append(b"Prefer")


class RunningServer:
    """One listening server; started when made.

    Attributes:
        host: as asked for.
        port: the port in use, also when the system picked it.
    """

    def __init__(self, application: WSGIApplication, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Start to listen.

        Raises:
            PortInUse: another process listens there.
            CannotListen: the address does not exist here or is not allowed.
        """
        self.host = host
        self._scheme = "http" if tls is None else "https"
        self._server = _Server(application, host, port)
        if tls is not None:
            from dataverse_emulator.server.tls import TlsAdapter

            self._server.ssl_adapter = TlsAdapter(tls)
        try:
            self._server.prepare()
        except OSError as problem:
            if self._server.socket is not None:
                self._server.socket.close()
            cause = self._server.bind_problem or problem
            if cause.errno in _PORT_TAKEN:
                raise PortInUse(host, port) from problem
            raise CannotListen(f"Cannot listen on {host}, port {port}: {cause.strerror or cause}.") from problem
        self.port: int = self._server.bind_addr[1]
        self._thread = threading.Thread(target=self._server.serve, name=f"{self._scheme} listener", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def stop(self) -> None:
        """Stop listening; requests under way get a second to end."""
        self._server.stop()
        self._thread.join(STOP_SECONDS)


class _Request(server.HTTPRequest):
    """A request that is checked more strictly and refused in the service's error shape."""

    def read_request_line(self) -> bool:
        stream = self.rfile
        self.rfile = _RequestLines(stream)
        try:
            return bool(super().read_request_line())  # type: ignore[no-untyped-call]  # cheroot has no types
        except ValueError:  # urlsplit: brackets that hold no address
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False
        finally:
            self.rfile = stream

    def read_request_headers(self) -> bool:
        if not super().read_request_headers():  # type: ignore[no-untyped-call]  # cheroot has no types
            return False
        length = self.inheaders.get(b"Content-Length")
        if length is not None and not length.isdigit():
            self.simple_response("400 Bad Request", "Malformed Content-Length Header.")
            return False
        return True

    def respond(self) -> None:
        if self.chunked_read:
            try:
                body = read_chunks(self.conn.rfile, MAX_BODY_BYTES)
            except ValueError as problem:
                status = "413 Request Entity Too Large" if isinstance(problem, _TooLong) else "400 Bad Request"
                self.close_connection = True
                self.simple_response(status, str(problem))
                return
            self.inheaders.pop(b"Transfer-Encoding", None)
            length = body.size
            self.inheaders[b"Content-Length"] = b"%d" % length
            self.chunked_read = False
            self.rfile = server.KnownLengthRFile(body.open(), length)
        else:
            length = int(self.inheaders.get(b"Content-Length", 0))
            if length > LONGEST_IN_MEMORY:
                give_back_large_blocks()
            self.rfile = server.KnownLengthRFile(self.conn.rfile, length)
        outbox = _Outbox(self.conn.socket)
        stream, self.conn.wfile = self.conn.wfile, outbox
        try:
            self.server.gateway(self).respond()
            self.ensure_headers_sent()
        finally:
            self.conn.wfile = stream
        if self.chunked_write:
            outbox.write(b"0\r\n\r\n")
        outbox.send()

    def simple_response(self, status: str, msg: str = "") -> None:
        """Refuse the request and close: what follows on the connection cannot be told apart."""
        self.close_connection = True
        status = str(status)
        if status.startswith("413"):
            body = problem_body(_TOO_LARGE.code, _TOO_LARGE.text)
        else:
            body = problem_body("", msg or status[4:])
        lines = (
            f"{self.server.protocol} {status}",
            "Content-Type: application/json; odata.metadata=minimal",
            f"Content-Length: {len(body)}",
            "OData-Version: 4.0",
            f"x-dataverse-emulator: {__version__}",
            "Connection: close",
            "\r\n",
        )
        with contextlib.suppress(OSError):
            self.conn.wfile.write("\r\n".join(lines).encode("latin-1") + body)
            drain(self.conn.socket)


class _RequestLines:
    """Gives request lines in the one form that cheroot takes.

    Bytes beyond ASCII become percent codes: some clients send URLs in UTF-8 as they are typed. A URL with scheme and
    host (RFC 9112 §3.2.2) is its path, and a path begins with one slash: clients put ``/api/data`` behind a base URL
    that ends in a slash.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        line: bytes = self._stream.readline()
        if not line.isascii():
            line = _BEYOND_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line)
        before = _BEFORE_PATH.match(line)
        return line if before is None else before[1] + b"/" + line[before.end() :]


class _Outbox:
    """Gathers an answer, so that head and body leave together; a long one leaves in parts."""

    def __init__(self, socket: socket.socket) -> None:
        self._socket = socket
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > LONGEST_IN_MEMORY:
            give_back_large_blocks()
            self.send()
        return len(piece)

    def send(self) -> None:
        """Send what was gathered."""
        self._socket.sendall(b"".join(self._pieces))
        self._pieces.clear()
        self._size = 0


class _Connection(server.HTTPConnection):
    """A connection that a worker sees only once the client has sent something."""

    RequestHandlerClass = _Request
    has_spoken = False
    _is_greeted = False

    def communicate(self) -> bool:
        if not self._is_greeted:
            if self.server.ssl_adapter is not None and not self.server.ssl_adapter.shake_hands(self.socket):
                return False
            self._is_greeted = True
        return bool(super().communicate())  # type: ignore[no-untyped-call]  # cheroot has no types


class _Server(wsgi.Server):
    """cheroot's server with our limits; ``bind_problem`` keeps why the socket could not be bound."""

    ConnectionClass = _Connection
    expiration_interval = 0.02  # also how long a stop waits
    keep_alive_conn_limit = 10_000
    max_request_header_size = MAX_HEADER_BYTES
    max_request_body_size = MAX_BODY_BYTES

    def __init__(self, application: WSGIApplication, host: str, port: int) -> None:
        super().__init__(
            (host, port),
            application,
            server_name="dataverse-emulator",
            request_queue_size=BACKLOG,
            timeout=IDLE_SECONDS,
            shutdown_timeout=STOP_SECONDS,
        )
        self.requests = Workers(self)
        self.bind_problem: OSError | None = None
        self.socket: socket.socket | None = None

    def bind_socket(self, socket_: socket.socket, bind_addr: Any) -> socket.socket:  # type: ignore[override]  # cheroot's is static
        try:
            socket_.bind(bind_addr)
        except OSError as problem:
            socket_.close()
            self.bind_problem = problem
            raise
        return socket_

    def process_conn(self, conn: _Connection) -> None:
        """Hand a connection to the workers, a new one after its first bytes: silent clients must not hold them all."""
        if conn.has_spoken:
            super().process_conn(conn)
        else:
            conn.has_spoken = True
            self._connections.put(conn)  # type: ignore[attr-defined]  # cheroot's stubs lack it

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Log what goes wrong below the application: clients that leave are no news, the rest are bugs."""
        if level >= logging.ERROR:
            _log.log(level, "%s%s", msg, f"\n{_trace()}" if traceback else "")


def _trace() -> str:
    return traceback.format_exc()


class _TooLong(ValueError):
    """A body beyond the limit."""


def read_chunks(stream: Any, limit: int) -> Spool:
    """Read a chunked body with its trailers to the end.

    Raises:
        ValueError: it is not well formed, or longer than ``limit``.
    """
    body = Spool()
    while True:
        line: bytes = stream.readline(256)
        digits = line.split(b";", 1)[0].strip()
        if not line.endswith(b"\n") or not digits or not all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            raise ValueError("Malformed chunk of the request body.")
        length = int(digits, 16)
        if length == 0:
            break
        if body.size + length > limit:
            raise _TooLong("Request message length is too large.")
        while length and (piece := stream.read(min(length, PIECE_SIZE))):
            body.add(piece)
            length -= len(piece)
        if length or stream.read(2) != b"\r\n":
            raise ValueError("Malformed chunk of the request body.")
    while stream.readline(MAX_HEADER_BYTES) not in (b"\r\n", b"\n", b""):
        pass
    return body
