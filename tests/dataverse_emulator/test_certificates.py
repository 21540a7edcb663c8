"""The authority and the certificates it signs."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from dataverse_emulator import certificates
from dataverse_emulator.certificates import Certificates, ensure_certificates


def handshake(made: Certificates, host: str) -> None:
    """Let a client that trusts the authority alone talk to a server with the certificate."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(made.chain_file)
    client = ssl.create_default_context(cafile=str(made.ca_file))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=host)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    finished: set[ssl.SSLObject] = set()
    while len(finished) < 2:
        for side in (near, far):
            try:
                side.do_handshake()
                finished.add(side)
            except ssl.SSLWantReadError:
                pass


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_clients_that_trust_the_authority_accept_the_local_names(tmp_path: Path, host: str) -> None:
    handshake(ensure_certificates(folder=tmp_path), host)


def test_further_names_get_a_certificate_of_their_own(tmp_path: Path) -> None:
    plain = ensure_certificates(folder=tmp_path)
    named = ensure_certificates(["contoso.crm.dynamics.com", "not a name", "0.0.0.0"], tmp_path)
    assert named.ca_file == plain.ca_file
    assert named.chain_file != plain.chain_file
    handshake(named, "contoso.crm.dynamics.com")
    handshake(named, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(plain, "contoso.crm.dynamics.com")


def test_names_that_no_certificate_can_hold_are_left_out(tmp_path: Path) -> None:
    assert ensure_certificates(["a b", "", "x_y", "0.0.0.0", "::"], tmp_path) == ensure_certificates((), tmp_path)


def test_files_are_reused(tmp_path: Path) -> None:
    first = ensure_certificates(folder=tmp_path)
    content = first.chain_file.read_bytes(), first.ca_file.read_bytes()
    again = ensure_certificates(folder=tmp_path)
    assert (again.chain_file.read_bytes(), again.ca_file.read_bytes()) == content


def test_a_certificate_near_its_end_is_replaced_and_the_authority_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ensure_certificates(folder=tmp_path)
    authority, chain = first.ca_file.read_bytes(), first.chain_file.read_bytes()
    monkeypatch.setattr(certificates, "RENEWAL", certificates.LIFETIME + timedelta(days=1))
    ensure_certificates(folder=tmp_path)
    assert first.ca_file.read_bytes() == authority
    assert first.chain_file.read_bytes() != chain
    handshake(first, "localhost")


@pytest.mark.skipif(os.name == "nt", reason="file modes are not Windows's")
def test_keys_are_the_users_alone(tmp_path: Path) -> None:
    made = ensure_certificates(folder=tmp_path)
    for file in (made.chain_file, made.ca_file.with_name("ca-key.pem")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.ca_file.stat().st_mode) == 0o644


@pytest.mark.parametrize("spoil", ["ca.pem", "ca-key.pem", "server.pem"])
@pytest.mark.parametrize("how", ["missing", "nonsense"])
def test_a_spoilt_file_is_made_anew(tmp_path: Path, spoil: str, how: str) -> None:
    file = ensure_certificates(folder=tmp_path).ca_file.with_name(spoil)
    file.unlink()
    if how == "nonsense":
        file.write_text("nonsense")
    if spoil == "ca-key.pem":
        file.with_name("server.pem").unlink()
    handshake(ensure_certificates(folder=tmp_path), "localhost")


def test_starting_at_once_does_not_clash(tmp_path: Path) -> None:
    gate = threading.Barrier(8)

    def start(number: int) -> Certificates:
        gate.wait(10)
        return ensure_certificates([f"host{number % 2}.example"], tmp_path)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(start, range(8)))
    for number, each in enumerate(made):
        handshake(each, f"host{number % 2}.example")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["certificates"]
    assert not [path for path in (tmp_path / "certificates").iterdir() if path.name.startswith(".")]


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = ensure_certificates(folder=blocked / "below")
    assert made.ca_file.is_relative_to(tmp_path)
    handshake(made, "localhost")


def test_reuse_imports_neither_trustme_nor_cryptography(tmp_path: Path) -> None:
    ensure_certificates(folder=tmp_path)
    code = (
        "import sys; from dataverse_emulator.certificates import ensure_certificates; "
        f"ensure_certificates(folder={str(tmp_path)!r}); "
        "print([name for name in ('trustme', 'cryptography') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
