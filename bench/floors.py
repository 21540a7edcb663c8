"""What the figures are held against: the least that an answer over the same server, or a start, can cost.

``python -m bench.floors PORT`` serves the Flask hello.
"""

from __future__ import annotations

import sys
import threading

HELLO_TARGET = "/hello"
HELLO_BODY = b'{"hello":"world","n":1}'
IMPORTS = "import flask, sqlalchemy, orjson"


def imports_command() -> list[str]:
    """The command that imports what the emulator cannot do without."""
    return [sys.executable, "-c", IMPORTS]


def serve_hello(port: int) -> None:
    """Serve a Flask application of one route, under the emulator's own server and its settings, until killed."""
    from flask import Flask, Response

    from dataverse_emulator.server import RunningServer

    application = Flask("hello")

    @application.get(HELLO_TARGET)
    def hello() -> Response:
        return Response(HELLO_BODY, mimetype="application/json")

    RunningServer(application.wsgi_app, "127.0.0.1", port)
    threading.Event().wait()


if __name__ == "__main__":
    serve_hello(int(sys.argv[1]))
