"""What the plain and the TLS server share: why they cannot listen, and how a refused client is let go."""

from __future__ import annotations

import socket
import time

DRAIN_SECONDS = 1.0


class CannotListen(Exception):
    """The address cannot be listened on."""


class PortInUse(CannotListen):
    """Another process listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} on {host} is in use by another process.")
        self.host = host
        self.port = port


def drain(client: socket.socket) -> None:
    """Take in what a refused client still sends: closed too early, it would lose the answer."""
    raw = socket.socket  # past the TLS layer: nobody wants to know what it says
    raw.shutdown(client, socket.SHUT_WR)
    client.settimeout(DRAIN_SECONDS / 4)
    until = time.monotonic() + DRAIN_SECONDS
    while raw.recv(client, 65536) and time.monotonic() < until:
        pass
