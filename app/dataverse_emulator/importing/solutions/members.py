"""Members of definitions as elements, and back: texts by language, numbers, yes and no, managed properties."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml import etree

from dataverse_emulator.importing.files import NOT_IN_XML, Element, UnreadableFile
from dataverse_emulator.importing.solutions.words import CHANGE_ELEMENTS, ELEMENTS
from dataverse_emulator.metadata.describe.values import LANGUAGE

TRUE = frozenset({"1", "true"})
_BEYOND_32_BITS, _BEYOND_64_BITS = 2**31, 2**63


def text_of(element: Any, name: str) -> str:
    """The text of a child element; empty where there is none."""
    return "" if element is None else (element.findtext(name) or "").strip()


def number_of(element: Element, name: str) -> float | None:
    """The number in a child element, or None where there is none.

    Raises:
        UnreadableFile: it is something else, or has more than 64 bits.
    """
    text = text_of(element, name)
    if not text:
        return None
    number: float
    try:
        number = int(text)
    except ValueError:
        number = _float(text)
    if not -_BEYOND_64_BITS <= number < _BEYOND_64_BITS:
        raise UnreadableFile(f"{name} is no number, or too large a one: {text[:100]!r}.")
    return int(number) if isinstance(number, int) or number.is_integer() else number


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def whole(text: str | None, what: str) -> int:
    """A whole number that has to be one.

    Raises:
        UnreadableFile: it is something else, or has more than 32 bits.
    """
    try:
        number = int(text or "0")
    except ValueError:
        raise UnreadableFile(f"{what} is no number: {(text or '')[:100]!r}.") from None
    if not -_BEYOND_32_BITS <= number < _BEYOND_32_BITS:
        raise UnreadableFile(f"{what} is too large: {str(number)[:100]}.")
    return number


def texts_of(parent: Any, tag: str) -> dict[str, str]:
    """The texts below an element by language."""
    if parent is None:
        return {}
    found = {}
    for each in parent.iterfind(tag):
        if each.get("description"):
            found[str(whole(each.get("languagecode") or str(LANGUAGE), "A language code"))] = each.get("description")
    return found


def read_members(
    element: Element, kinds: Mapping[str, str], names: Iterable[str], usual: Mapping[str, Any]
) -> dict[str, Any]:
    """The members of a definition that the file tells, in the shape of the Web API; labels stand elsewhere in it.

    Args:
        kinds: member → type.
        usual: the description of the same thing, for what the file does not say of a managed property.
    """
    found: dict[str, Any] = {}
    for name, kind, each in _given(element, kinds, names):
        text = (each.text or "").strip()
        if kind.endswith("ManagedProperty"):
            change = text_of(element, change_element(name))
            can_change = change.lower() in TRUE if change else _can_change(usual.get(name))
            found[name] = {"Value": text.lower() in TRUE, "CanBeChanged": can_change}
        elif kind == "Edm.Boolean":
            found[name] = text.lower() in TRUE
        elif kind.startswith("Edm.Int"):
            found[name] = whole(text, each.tag)
        elif kind.startswith("Edm."):
            found[name] = text
        else:
            found[name] = text[:1].upper() + text[1:]
    return found


def _given(element: Element, kinds: Mapping[str, str], names: Iterable[str]) -> Iterator[tuple[str, str, Element]]:
    for name in names:
        kind = kinds.get(name)
        if kind is not None and kind != "mscrm.Label":
            each = element.find(ELEMENTS.get(name, name))
            if each is not None:
                yield name, kind, each


def _can_change(value: Any) -> bool:
    return bool(value.get("CanBeChanged", True)) if isinstance(value, Mapping) else True


def change_element(name: str) -> str:
    """The element that says whether a managed property may be changed."""
    return CHANGE_ELEMENTS.get(name, f"CanChange{name}")


def add(parent: Element, name: str, text: Any = None, **attributes: str) -> Element:
    """A new child element; a text of None leaves it empty, yes and no become 1 and 0.

    Characters that XML cannot hold are left out."""
    element = etree.SubElement(parent, name, {key: NOT_IN_XML.sub("", value) for key, value in attributes.items()})
    if text is not None:
        element.text = ("1" if text else "0") if isinstance(text, bool) else NOT_IN_XML.sub("", str(text))
    return element


def add_texts(parent: Element, group: str, tag: str, label: Mapping[str, Any]) -> None:
    """The texts of a ``Label`` as a group of elements; none where there is no text."""
    localized = label.get("LocalizedLabels") or ()
    if localized:
        inner = add(parent, group)
        for each in localized:
            add(inner, tag, description=each["Label"], languagecode=str(each["LanguageCode"]))


def add_members(parent: Element, kinds: Mapping[str, str], names: Iterable[str], described: Mapping[str, Any]) -> None:
    """Elements for the members of a description; those without a value are left out."""
    for name in names:
        value, kind = described.get(name), kinds.get(name)
        if value is None or kind is None or kind == "mscrm.Label":
            continue
        plain = value.get("Value") if isinstance(value, Mapping) else value
        add(parent, ELEMENTS.get(name, name), plain)
        if kind.endswith("ManagedProperty"):
            add(parent, change_element(name), bool(value["CanBeChanged"]))
