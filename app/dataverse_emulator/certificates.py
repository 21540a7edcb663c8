"""The emulator's own certificate authority and the server certificates that it signs.

Everything lies in ``certificates/`` below the configuration folder: ``ca.pem`` (to be trusted by clients),
``ca-key.pem``, and one file a set of names with certificate and key together. The folder appears at once with all that
belongs to the authority, and later files replace each other whole, so that processes which start at the same moment
need no lock. trustme and cryptography are imported only when something must be made: they cost as much as the rest of
a start.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dataverse_emulator.config import configuration_folder

if TYPE_CHECKING:
    from trustme import CA

FOLDER = "certificates"
CA_FILE = "ca.pem"
CA_KEY_FILE = "ca-key.pem"
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1", "*.localhost")
LIFETIME = timedelta(days=800)  # Apple's systems refuse server certificates of more than 825 days
RENEWAL = timedelta(days=30)
ORGANIZATION = "Dataverse Emulator"

_HEADING = "dataverse-emulator certificate"
_NAME = r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|[0-9a-f:.]*:[0-9a-f:.]*"
_ANY_ADDRESS = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files for a TLS server and its clients.

    Attributes:
        ca_file: certificate of the authority, for clients to trust.
        chain_file: certificate and private key of the server.
    """

    ca_file: Path
    chain_file: Path


def ensure_certificates(names: Iterable[str] = (), folder: str | os.PathLike[str] | None = None) -> Certificates:
    """Give the files for a server with the local names and ``names``, made where they are missing or nearly expired.

    Names that no certificate can hold are left out. Where the configuration folder cannot be written, a folder among
    the temporary files is used.

    Args:
        names: further host names and addresses.
        folder: the configuration folder; the platform's when None.

    Raises:
        OSError: no folder can be written.
    """
    wanted = _wanted(names)
    problem: OSError | None = None
    for place in _places(folder):
        try:
            return _ensure(place / FOLDER, wanted)
        except OSError as caught:
            problem = problem or caught
    raise problem or OSError("no folder for certificates")


def chain_file_for(name: str, folder: str | os.PathLike[str] | None = None) -> str:
    """Give the file with certificate and key of a server for one more name, as ``ensure_certificates`` does."""
    return str(ensure_certificates([name], folder).chain_file)


def _wanted(names: Iterable[str]) -> tuple[str, ...]:
    extra = {name.strip().strip("[]").rstrip(".").lower() for name in names} - {*LOCAL_NAMES, *_ANY_ADDRESS}
    return (*LOCAL_NAMES, *sorted(name for name in extra if len(name) <= 253 and re.fullmatch(_NAME, name)))


def _places(folder: str | os.PathLike[str] | None) -> Iterator[Path]:
    yield Path(folder) if folder is not None else configuration_folder()
    user = os.getuid() if hasattr(os, "getuid") else 0
    shared = Path(tempfile.gettempdir()) / f"dataverse-emulator-{user}"
    if _is_ours(shared, user):
        yield shared
    yield Path(tempfile.mkdtemp(prefix="dataverse-emulator-"))


def _is_ours(folder: Path, user: int) -> bool:
    """The folder is this user's alone: others may write among the temporary files, and must not have made it."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
    except OSError:
        return False
    return os.name == "nt" or (state.st_uid == user and not folder.is_symlink() and state.st_mode & 0o077 == 0)


def _ensure(folder: Path, names: tuple[str, ...]) -> Certificates:
    made = Certificates(folder / CA_FILE, folder / _file_name(names))
    if _is_certificate(made.ca_file) and _is_valid(made.chain_file, names):
        return made
    authority = _load_authority(folder)
    if authority is None:
        _replace_authority(folder)
        authority = _load_authority(folder)
        if authority is None:
            raise OSError(f"no certificate authority could be kept in {folder}")
    if not _is_valid(made.chain_file, names):
        _write(made.chain_file, _issue(authority, names), 0o600)
    return made


def _file_name(names: tuple[str, ...]) -> str:
    extra = names[len(LOCAL_NAMES) :]
    return "server.pem" if not extra else f"server-{hashlib.sha256(' '.join(extra).encode()).hexdigest()[:12]}.pem"


def _is_certificate(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.readline().startswith(b"-----BEGIN CERTIFICATE")
    except OSError:
        return False


def _is_valid(file: Path, names: tuple[str, ...]) -> bool:
    """The file holds a certificate for these names that does not end soon: its first line says so."""
    try:
        with file.open(encoding="utf-8") as stream:
            heading, until, listed = stream.readline().rstrip("\n").split("; ")
        return heading == _HEADING and listed == " ".join(names) and datetime.fromisoformat(until) > _now() + RENEWAL
    except (OSError, ValueError):
        return False


def _issue(authority: CA, names: tuple[str, ...]) -> bytes:
    until = (_now() + LIFETIME).replace(microsecond=0)
    leaf = authority.issue_cert(
        *names,
        organization_name=ORGANIZATION,
        organization_unit_name="Server",
        not_before=_now() - timedelta(days=1),
        not_after=until,
    )
    heading = f"{_HEADING}; {until.isoformat()}; {' '.join(names)}\n"
    return heading.encode() + leaf.private_key_and_cert_chain_pem.bytes()


def _load_authority(folder: Path) -> CA | None:
    try:
        certificate = (folder / CA_FILE).read_bytes()
        key = (folder / CA_KEY_FILE).read_bytes()
    except FileNotFoundError:
        return None
    from trustme import CA

    try:
        return CA.from_pem(certificate, key)
    except (ValueError, TypeError):
        return None


def _replace_authority(folder: Path) -> None:
    """Put a new authority where the folder is missing or spoilt. Of several processes that try at once, one wins."""
    from trustme import CA

    authority = CA(path_length=0, organization_name=ORGANIZATION, organization_unit_name="Local authority")
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{FOLDER}-", dir=folder.parent))
    try:
        _write(draft / CA_FILE, authority.cert_pem.bytes(), 0o644)
        _write(draft / CA_KEY_FILE, authority.private_key_pem.bytes(), 0o600)
        if folder.exists() and _load_authority(folder) is None:
            spoilt = Path(tempfile.mkdtemp(prefix=".spoilt-", dir=folder.parent))
            folder.rename(spoilt / FOLDER)
            shutil.rmtree(spoilt, ignore_errors=True)
        try:
            draft.rename(folder)
        except OSError:
            if _load_authority(folder) is None:
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all; nobody else can read it before its mode is set."""
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(draft, mode)
        os.replace(draft, file)
    except BaseException:  # also an interrupt: no draft stays behind
        Path(draft).unlink(missing_ok=True)
        raise


def _now() -> datetime:
    return datetime.now(UTC)
