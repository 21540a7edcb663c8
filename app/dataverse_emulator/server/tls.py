"""TLS below the server: its settings, and a handshake that no other client waits for.

Apart from ``listening`` because ``ssl`` takes its time to import and plain http can be answered without it.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from cheroot.makefile import StreamReader, StreamWriter
from cheroot.ssl import Adapter

from dataverse_emulator.server.sockets import CannotListen, drain
from dataverse_emulator.web.problems import problem_body

TLS_RECORD_BYTES = 16 * 1024 + 1
MOST_NAMES = 100


def make_tls_context(chain_file: str, key_file: str | None = None) -> ssl.SSLContext:
    """Make the TLS settings of a server from its certificate.

    Raises:
        CannotListen: the files cannot be read or do not fit together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(chain_file, key_file, password=_refuse_password)
    except (OSError, ValueError) as problem:
        raise CannotListen(f"The certificate {chain_file} cannot be used: {problem}.") from problem
    return context


def answer_to_any_name(context: ssl.SSLContext, chain_for: Callable[[str], str]) -> None:
    """Let a server show each client a certificate for the name that it asks for.

    So clients reach the emulator by whatever name leads to this machine: a container's, one of the hosts file, one
    below ``localhost`` (OpenSSL accepts no wildcard there).

    Args:
        context: settings of the server; its certificate stays the one for clients that ask for no name.
        chain_for: gives the file with certificate and key for a name.
    """
    known: dict[str, ssl.SSLContext] = {"localhost": context}
    lock = threading.Lock()

    def choose(client: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        with lock:
            chosen = known.get(name or "localhost")
            if chosen is None and name is not None and len(known) < MOST_NAMES:
                with contextlib.suppress(OSError, CannotListen):
                    chosen = known[name] = make_tls_context(chain_for(name))
        if chosen is not None:
            client.context = chosen

    context.sni_callback = choose


def _refuse_password() -> str:
    raise ValueError("its key is protected by a password")


class TlsAdapter(Adapter):
    """TLS whose handshake is left to the worker that serves the connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context

    def bind(self, sock: socket.socket) -> socket.socket:
        return sock

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, str]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: socket.socket, mode: str = "r", bufsize: int = -1) -> Any:  # noqa: ARG002 - cheroot's signature
        # A read takes a whole TLS record, so that nothing is left where the selector cannot see it.
        return StreamReader(sock, mode, TLS_RECORD_BYTES) if "r" in mode else StreamWriter(sock, mode)

    def shake_hands(self, client: ssl.SSLSocket) -> bool:
        """Negotiate; False when the client cannot be talked to."""
        try:
            client.do_handshake()
        except ssl.SSLError as problem:
            if "http request" in str(problem).lower():
                with contextlib.suppress(OSError):
                    socket.socket.sendall(client, _plain_refusal())
                    drain(client)
            return False
        except OSError:
            return False
        return True


def _plain_refusal() -> bytes:
    body = problem_body("", "This port speaks https only.")
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body
