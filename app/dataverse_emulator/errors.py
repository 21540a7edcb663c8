"""Every error that the service can answer with: name, code, status, text.

    EmulatorError                 status, code, message; raised anywhere below the web layer
    ├── BadRequest        400     malformed URL, option, body, value; a rule of the business
    ├── Unauthorized      401
    ├── Forbidden         403     a privilege is missing
    ├── NotFound          404     record, table or path
    ├── NotAllowed        405     method, or a delete that a relationship restricts
    ├── PreconditionFailed 412    duplicate key, entity tag mismatch
    ├── TooMany           429
    └── NotEmulated       501     known to the platform, absent here: names the feature

Code raises by name: ``raise error("ObjectDoesNotExist", table="lead", id=...)``. Codes and texts stand in one table,
``error_catalogue.py``, as the platform spells them.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.error_catalogue import CATALOGUE


class EmulatorError(Exception):
    """An answer of the service other than success.

    Attributes:
        name: the platform's symbolic name, the key of the catalogue.
        status: HTTP status.
        code: the hexadecimal code as it stands in the body (may be empty).
        message: the text for the client.
        details: further texts by name, for clients who ask for the annotations of errors.
    """

    def __init__(self, name: str, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.status = status
        self.code = code
        self.message = message
        self.details: dict[str, str] = {}


class BadRequest(EmulatorError):
    """400."""


class Unauthorized(EmulatorError):
    """401."""


class Forbidden(EmulatorError):
    """403."""


class NotFound(EmulatorError):
    """404."""


class NotAllowed(EmulatorError):
    """405."""


class PreconditionFailed(EmulatorError):
    """412."""


class TooMany(EmulatorError):
    """429."""


class NotEmulated(EmulatorError):
    """501: the real service does this, the emulator does not (yet)."""


class SchemaChanged(Exception):
    """A statement met a table or column that is gone: a request was bound before a definition changed.

    Never shown to clients: the request is bound again."""


_CLASSES: dict[int, type[EmulatorError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: NotAllowed,
    412: PreconditionFailed,
    429: TooMany,
    501: NotEmulated,
}


def error(name: str, /, **fields: Any) -> EmulatorError:
    """Make the error of that name in the catalogue, its text filled with ``fields``.

    Raises:
        KeyError: the catalogue has no such name, or its text needs a field that was not given (a bug).
    """
    kind = CATALOGUE[name]
    message = kind.text.format(**fields)
    return _CLASSES.get(kind.status, EmulatorError)(name, kind.status, kind.code, message)


def not_emulated(feature: str) -> EmulatorError:
    """The 501 that names a feature of the platform which the emulator does not have."""
    return error("NotEmulated", feature=f"The Dataverse Emulator does not emulate {feature}.")


def payload_error(entity_set: str, inner: str) -> EmulatorError:
    """The platform's long-winded answer to a body that does not fit the type (E-20 to E-25).

    Args:
        entity_set: entity set name of the table that was written.
        inner: the OData library's text, without the exception's type.
    """
    return error("PayloadError", set=entity_set, inner=f"Microsoft.OData.ODataException: {inner.rstrip('.')}")
