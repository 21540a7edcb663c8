"""Files of any length take the memory of a few chunks, and what was acknowledged of them survives (contract 02 §13.1).

A server of its own process shows it: the most memory that it ever had, and its sudden end.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from .processes import running

CHUNK = 4 * 1024 * 1024
CHUNKS = 16
SIZE = CHUNK * CHUNKS
MOST_MB = 50  # much less than the file
BINARY = {"Content-Type": "application/octet-stream"}
FILE = {**BINARY, "x-ms-file-name": "a.bin"}
DATA = os.urandom(CHUNK)


class Server:
    """A server with a row that has a file column."""

    def __init__(self, process: subprocess.Popen[bytes], root: str) -> None:
        self.root = root
        self.session = requests.Session()
        made = self.session.post(f"{root}/asyncoperations", json={"name": "Job"}, timeout=30)
        self.row = made.headers["OData-EntityId"]
        self.column = f"{self.row}/datablobid"
        self._status = Path(f"/proc/{process.pid}/status")
        self._at_start = self._most_memory()

    def grown_mb(self) -> float:
        """The most memory that the process ever had, beyond that of its start."""
        return self._most_memory() - self._at_start

    def _most_memory(self) -> float:
        line = next(line for line in self._status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def start(self, total: int = SIZE) -> Iterator[int]:
        """Upload in chunks; gives the status of each."""
        headers = {"x-ms-transfer-mode": "chunked", "x-ms-file-name": "a.bin"}
        self.session_url = self.session.patch(self.column, headers=headers, timeout=30).headers["Location"]
        for first in range(0, total, CHUNK):
            yield self.send(first, total)

    def send(self, first: int, total: int = SIZE) -> int:
        headers = {**BINARY, "Content-Range": f"bytes {first}-{first + CHUNK - 1}/{total}"}
        return self.session.patch(self.session_url, DATA, headers=headers, timeout=30).status_code

    def message(self, name: str, **parameters: object) -> dict[str, str]:
        answer = self.session.post(f"{self.root}/{name}", json=parameters, timeout=30)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else {}  # type: ignore[no-any-return]  # JSON has no type


@pytest.fixture(scope="module", params=["in memory", "in a file"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is read from /proc")
    folder = tmp_path_factory.mktemp("server")
    with running(folder, folder / "org.sqlite" if request.param == "in a file" else None) as (process, root):
        made = Server(process, root)
        yield made
        made.session.close()


def test_an_upload_in_chunks_that_replaces_a_file(server: Server) -> None:
    for _ in range(2):
        assert list(server.start()) == [206] * (CHUNKS - 1) + [204]
    assert server.grown_mb() < MOST_MB


def test_an_upload_at_once_that_replaces_a_file(server: Server) -> None:
    for headers in ({"Content-Length": str(SIZE)}, {}):  # with a length, and in chunks of HTTP's own
        pieces = (DATA for _ in range(CHUNKS))
        request = requests.Request("PATCH", server.column, {**BINARY, "x-ms-file-name": "a.bin"}, data=pieces).prepare()
        if headers:
            request.headers.pop("Transfer-Encoding")
            request.headers.update(headers)
        assert server.session.send(request, timeout=60).status_code == 204
    assert server.grown_mb() < MOST_MB


@pytest.mark.parametrize("form", ["/$value", ""])
def test_a_download_at_once(server: Server, form: str) -> None:
    assert server.session.patch(server.column, DATA * CHUNKS, headers=FILE, timeout=60).status_code == 204
    with server.session.get(server.column + form, stream=True, timeout=60) as answer:
        read = sum(len(piece) for piece in answer.iter_content(1024 * 1024))
    assert read == int(answer.headers["Content-Length"]) >= SIZE
    assert server.grown_mb() < MOST_MB


def test_a_download_in_chunks(server: Server) -> None:
    assert server.session.patch(server.column, DATA * CHUNKS, headers=FILE, timeout=60).status_code == 204
    for first in range(0, SIZE, CHUNK):
        headers = {"Range": f"bytes={first}-{first + CHUNK - 1}"}
        assert server.session.get(f"{server.column}/$value", headers=headers, timeout=30).content == DATA
    assert server.grown_mb() < MOST_MB


def test_blocks_up_and_down(server: Server) -> None:
    target = {"@odata.type": "Microsoft.Dynamics.CRM.asyncoperation", "asyncoperationid": server.row[-37:-1]}
    place = {"Target": target, "FileAttributeName": "datablobid"}
    token = server.message("InitializeFileBlocksUpload", FileName="a.bin", **place)["FileContinuationToken"]
    names = [base64.b64encode(f"{number:04}".encode()).decode() for number in range(CHUNKS)]
    data = base64.b64encode(DATA).decode()
    for name in names:
        server.message("UploadBlock", BlockId=name, BlockData=data, FileContinuationToken=token)
    done = {"FileName": "a.bin", "MimeType": "text/x", "BlockList": names, "FileContinuationToken": token}
    assert server.message("CommitFileBlocksUpload", **done)["FileSizeInBytes"] == SIZE
    token = server.message("InitializeFileBlocksDownload", **place)["FileContinuationToken"]
    for first in range(0, SIZE, CHUNK):
        block = server.message("DownloadBlock", Offset=first, BlockLength=CHUNK, FileContinuationToken=token)
        assert block["Data"] == data
    assert server.grown_mb() < 2 * MOST_MB  # text in base64, in JSON


def test_the_end_of_a_file(server: Server) -> None:
    assert server.session.patch(server.column, DATA * CHUNKS, headers=FILE, timeout=60).status_code == 204
    assert server.session.delete(server.column, timeout=30).status_code == 204
    assert server.grown_mb() < 2 * MOST_MB


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_an_upload_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    with running(tmp_path, tmp_path / "org.sqlite") as (process, root):
        first = Server(process, root)
        assert next(first.start(2 * CHUNK)) == 206
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(tmp_path, tmp_path / "org.sqlite") as (process, root):
        again = Server(process, root)
        again.column = first.column.replace(first.root, root)
        again.session_url = first.session_url.replace(first.root, root)
        assert again.send(CHUNK, 2 * CHUNK) == 204
        assert again.session.get(f"{again.column}/$value", timeout=30).content == DATA * 2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are read from /proc")
def test_nothing_is_seen_of_files_in_the_folder_for_temporary_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nothing is left there, however the server ends."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(folder))
    with running(tmp_path) as (process, root):
        server = Server(process, root)
        assert next(server.start()) == 206
        assert server.session.patch(server.column, DATA, headers=FILE, timeout=30).status_code == 204
        opened = [os.readlink(path) for path in Path(f"/proc/{process.pid}/fd").glob("*")]
        assert any(name.startswith(str(folder)) for name in opened)
        assert list(folder.iterdir()) == []
        server.session.close()
