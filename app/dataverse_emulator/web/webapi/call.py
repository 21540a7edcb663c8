"""One request as the steps of the front end see it: split and with its headers read, nothing looked up yet."""

from __future__ import annotations

import contextlib
import re
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from dataverse_emulator.errors import EmulatorError, NotFound, error
from dataverse_emulator.messages.base import Caller
from dataverse_emulator.query.from_odata import REFUSED
from dataverse_emulator.service import Service
from dataverse_emulator.values import EMPTY_GUID, read_guid
from dataverse_emulator.web.exchange import WebRequest
from dataverse_emulator.web.webapi.annotations import Annotations, wanted_annotations
from dataverse_emulator.web.webapi.bodies import read_body
from dataverse_emulator.web.webapi.money import Currencies
from dataverse_emulator.web.webapi.represent import Formats
from dataverse_emulator.web.webapi.tags import STALE, version_of
from odata_protocol.errors import SyntaxProblem
from odata_protocol.headers import EntityTags, Preferences, parse_entity_tags, parse_media_type, parse_prefer
from odata_protocol.options import parse_options
from odata_protocol.syntax import Expression, QueryOptions
from odata_protocol.url import split_query

MAX_URL = 32_768
MAX_URL_IN_BATCH = 65_536
REMEMBERED = 1024

_ROUTE = re.compile(r"/*((?:/[^/]+)?/api/data/v(?:8\.[0-2]|9\.[0-2]))(?:/(.*))?", re.DOTALL | re.IGNORECASE)
_OVERRIDES = {"MERGE": "PATCH"}
_PATH_SAFE = "/%!$&'()*+,;=:@~-._"
_JSON_TYPES = ("application/json", "text/json")
_PLAIN_JSON = ("application/json", "application/json; charset=utf-8")


class FrontState:
    """What the front end keeps for one environment: formats and bound queries."""

    def __init__(self, service: Service) -> None:
        self.formats = Formats(service.catalog, Currencies(service))
        self._bound: OrderedDict[Any, Any] = OrderedDict()
        self._catalog = service.catalog
        self._version = service.catalog.version
        self._stamp = service.store.settings_stamp

    def forget_settings(self, stamp: int) -> None:
        """Forget what was read from settings where they have changed (``Store.settings_stamp``)."""
        if self._stamp != stamp:
            self._stamp = stamp
            self.formats.currencies.forget()

    def find(self, key: Any) -> Any:
        """What was kept under a key, or None. Nothing is kept over a change of definitions: it holds former tables."""
        if self._version != self._catalog.version:
            self._version = self._catalog.version
            self._bound = OrderedDict()
        found = self._bound.get(key)
        if found is not None:
            with contextlib.suppress(KeyError):  # another thread may just have dropped it
                self._bound.move_to_end(key)
        return found

    def keep(self, key: Any, value: Any) -> None:
        """Keep a value; the one that was not used for the longest time makes room."""
        self._bound[key] = value
        while len(self._bound) > REMEMBERED:
            try:
                self._bound.popitem(last=False)
            except KeyError:
                break


_states: weakref.WeakKeyDictionary[Service, FrontState] = weakref.WeakKeyDictionary()


def state_of(service: Service) -> FrontState:
    """The front end's own state for an environment; it goes when the environment goes."""
    state = _states.get(service)
    if state is None or state.formats.catalog is not service.catalog:
        state = _states[service] = FrontState(service)
    state.forget_settings(service.store.settings_stamp)
    return state


@dataclass(frozen=True, slots=True)
class UrlQuery:
    """The query part of a URL, parsed. ``custom`` are the parameters that are no system options."""

    options: QueryOptions
    aliases: Mapping[str, Expression]
    custom: tuple[tuple[str, str], ...]

    def parameter(self, name: str) -> str | None:
        """The value of a custom parameter, its name compared without case."""
        for key, value in self.custom:
            if key.lower() == name:
                return value
        return None


@dataclass(slots=True)
class Call:
    """One request.

    Attributes:
        root: the service root as the client wrote it, with the slash at its end.
        path: what follows the root, percent-encoded.
        in_batch: the request is a part of a batch: its path did not pass the front end of HTTP.
    """

    request: WebRequest
    service: Service
    state: FrontState
    method: str
    root: str
    path: str
    preferences: Preferences
    annotations: Annotations
    caller: Caller = field(default_factory=lambda: Caller("", ""))
    in_batch: bool = False
    _query: UrlQuery | None = None

    def header(self, name: str) -> str | None:
        """The value of a header (name in lower case), or None."""
        return self.request.headers.get(name)

    @property
    def solution(self) -> str | None:
        """The solution that a new definition goes into: of the header, or of the query (contract 07 §4)."""
        return self.header("mscrm.solutionuniquename") or self.query.parameter("solutionuniquename")

    @property
    def query(self) -> UrlQuery:
        """The parsed query string.

        Raises:
            EmulatorError: its syntax is wrong (contract 04 §2).
        """
        if self._query is None:
            self._query = parse_query(self.request.query)
        return self._query

    @property
    def wants_representation(self) -> bool:
        """``Prefer: return=representation``."""
        return self.preferences.return_ == "representation"

    @property
    def suppresses_duplicates(self) -> bool:
        """Duplicate detection is off unless the client turns it on."""
        return (self.header("mscrm.suppressduplicatedetection") or "").strip().lower() != "false"

    def tags(self, name: str) -> EntityTags | None:
        """``if-match`` or ``if-none-match``.

        Raises:
            EmulatorError: it is no list of entity tags (E-89).
        """
        text = self.header(name)
        if text is None:
            return None
        try:
            return parse_entity_tags(text)
        except SyntaxProblem as problem:
            raise syntax_error(problem) from None

    @property
    def demanded_version(self) -> int | None:
        """The row version that ``If-Match`` demands; None where it demands none, ``STALE`` for a tag of no row.

        Raises:
            EmulatorError: as ``tags``.
        """
        tags = self.tags("if-match")
        if tags is None or tags.any:
            return None
        version = version_of(tags.tags[0].value)
        return STALE if version is None else version

    def refuse_options(self) -> None:
        """Refuse options that the service has not (E-45) where those it has mean nothing.

        Raises:
            EmulatorError: 400.
        """
        if self.request.query:
            for name in self.query.options.present:
                if name in REFUSED:
                    raise error("OptionNotSupported", option=name)

    def check_body(self) -> None:
        """Refuse a body that is declared to be something other than JSON.

        Raises:
            EmulatorError: 415.
        """
        check_content_type(self.header("content-type"), self.request.has_body)

    def json(self, entity_set: str = "") -> Any:
        """The JSON body.

        Raises:
            EmulatorError: 415 for another media type, 400 for what is no JSON (E-22, E-23).
        """
        self.check_body()
        try:
            return read_body(self.request.body)
        except SyntaxProblem as problem:
            inner = f"Microsoft.OData.ODataException: {problem.message.rstrip('.')}"
            raise error("PayloadError", set=entity_set, inner=inner) from None


def read_call(request: WebRequest, service: Service, preferences: Preferences, *, in_batch: bool = False) -> Call:
    """Split a request's URL and read the headers that concern every resource.

    Raises:
        EmulatorError: no such version of the service (404), URL too long (404), other protocol version (400).
    """
    route = _ROUTE.fullmatch(request.path)
    length = len(request.path) + len(request.query)
    if route is None or length > (MAX_URL_IN_BATCH if in_batch else MAX_URL):
        raise no_route(request)
    for name in ("odata-version", "odata-maxversion"):
        version = request.headers.get(name)
        if version is not None:
            _check_version(name, version.partition(";")[0].strip())  # older clients name themselves behind it
    root = f"{request.origin}{route[1]}/"
    if not root.isascii() or not root.isprintable():
        root = quote(root, _PATH_SAFE)
    method = request.method
    if method == "POST":
        override = request.headers.get("x-http-method-override")
        if override:
            method = override.strip().upper()
            method = _OVERRIDES.get(method, method)
    return Call(
        request=request,
        service=service,
        state=state_of(service),
        method=method,
        root=root,
        path=route[2] or "",
        preferences=preferences,
        annotations=wanted_annotations(preferences.include_annotations),
        in_batch=in_batch,
    )


def read_preferences(request: WebRequest) -> Preferences:
    """The request's preferences."""
    text = request.headers.get("prefer")
    return _NO_PREFERENCES if text is None else parse_prefer((text,))


_NO_PREFERENCES = Preferences()


def find_caller(request: WebRequest, service: Service) -> Caller:
    """Who makes the request: the default user, or the one that the client impersonates (contract 01 §8, E-116).

    Raises:
        EmulatorError: 403 when there is no such user or the user is disabled (E-112).
    """
    headers = request.headers
    object_id = headers.get("callerobjectid")
    user_id = headers.get("mscrmcallerid")
    if not object_id and not user_id:
        return service.default_caller()
    actual = service.default_caller()
    effective = read_guid(user_id or "") if not object_id else _user_of_object(read_guid(object_id), service)
    if effective is None or effective == EMPTY_GUID:
        raise unknown_user((object_id or user_id or "").strip())
    if effective == actual.user_id:
        return actual
    try:
        caller = service.caller(effective)
    except NotFound:
        raise unknown_user(effective) from None
    return Caller(caller.user_id, caller.business_unit_id, on_behalf_of=actual.user_id)


def unknown_user(id: str) -> EmulatorError:
    """E-116: 403 with the code and text of a missing row (status from the contract's row, text inferred)."""
    return error("CallerUnknown", id=id[:100])


def _user_of_object(object_id: str | None, service: Service) -> str | None:
    if object_id is None:
        return None
    users = service.catalog.table("systemuser")
    with service.store.reading():
        found = service.store.find(users, {"azureactivedirectoryobjectid": object_id}, (users.primary_id,), 1)
    return str(found[0][users.primary_id]) if found else None


@lru_cache(maxsize=1024)
def parse_query(text: str) -> UrlQuery:
    """Parse a raw query string.

    Raises:
        EmulatorError: its syntax is wrong.
    """
    pairs = split_query(text)
    try:
        options, aliases, custom = parse_options(pairs)
    except SyntaxProblem as problem:
        refused = next((name for name, _ in pairs if name in REFUSED), None)
        raise (syntax_error(problem) if refused is None else error("OptionNotSupported", option=refused)) from None
    return UrlQuery(options, aliases, custom)


def syntax_error(problem: SyntaxProblem) -> EmulatorError:
    """The answer to a text that the OData grammar does not accept."""
    return error("ODataError", message=problem.message)


def no_route(request: WebRequest) -> EmulatorError:
    """404 of the layer before OData (E-05, E-09c)."""
    uri = request.origin + request.path + ("?" + request.query if request.query else "")
    return error("NoRoute", uri=uri[:2048])


def check_content_type(content_type: str | None, has_body: bool) -> None:
    """Refuse bodies that are declared to be something other than JSON (E-09e); none declared is taken for JSON.

    Raises:
        EmulatorError: 415.
    """
    if not has_body or not content_type or content_type in _PLAIN_JSON:
        return
    try:
        media_type = parse_media_type(content_type).type
    except SyntaxProblem:
        media_type = content_type[:100]
    if media_type not in _JSON_TYPES:
        raise error(
            "UnsupportedMediaType",
            message="A supported MIME type could not be found that matches the content type of the request. None of "
            f"the supported type(s) 'application/json;odata.metadata=minimal' matches the content type '{media_type}'.",
        )


def _check_version(name: str, version: str) -> None:
    """Only protocol version 4 is spoken (E-09f, text unverified)."""
    known = version in ("4.0", "4.01") if name == "odata-maxversion" else version == "4.0"
    if version and not known:
        header = "OData-Version" if name == "odata-version" else "OData-MaxVersion"
        raise error(
            "ODataError",
            message=f"The version '{version[:20]}' in the header '{header}' is not supported. The version '4.0' is.",
        )
