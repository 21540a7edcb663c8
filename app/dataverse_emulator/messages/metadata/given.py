"""What clients send in definitions: labels, managed properties, members that are kept as settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.classes import members_of
from dataverse_emulator.metadata.describe.values import LANGUAGE

OPTION_MEMBERS: Mapping[str, str] = {
    "Label": "mscrm.Label",
    "Description": "mscrm.Label",
    "Color": "Edm.String",
    "ExternalValue": "Edm.String",
    "ParentValues": "Collection(Edm.Int32)",
    "Tag": "Edm.String",
    "IsHidden": "Edm.Boolean",
}
MENU_MEMBERS: Mapping[str, str] = {
    "Behavior": "mscrm.AssociatedMenuBehavior",
    "Group": "mscrm.AssociatedMenuGroup",
    "Label": "mscrm.Label",
    "Order": "Edm.Int32",
    "AvailableOffline": "Edm.Boolean",
    "Icon": "Edm.String",
    "IsCustomizable": "Edm.Boolean",
    "MenuId": "Edm.String",
    "QueryApi": "Edm.String",
    "ViewId": "Edm.Guid",
}


def invalid(message: str) -> Exception:
    """A definition that does not fit; the code is the platform's general one for bad arguments."""
    return error("InvalidArgument", message=message)


def texts(label: Any) -> dict[str, str]:
    """The texts of a ``Label`` by language code; ``UserLocalizedLabel`` does not count (contract 07 §3.7).

    Raises:
        EmulatorError: 0x80040203 for what is no label.
    """
    if label is None:
        return {}
    localized = label.get("LocalizedLabels") if isinstance(label, Mapping) else None
    if localized is None and isinstance(label, Mapping):
        localized = []
    if not isinstance(localized, list) or not all(isinstance(each, Mapping) for each in localized):
        raise invalid("A label must have LocalizedLabels.")
    found = {}
    for each in localized:
        text, language = each.get("Label"), each.get("LanguageCode")
        if not isinstance(language, int) or isinstance(language, bool) or not isinstance(text, str | None):
            raise invalid("A localized label must have a Label and a LanguageCode.")
        if text:
            found[str(language)] = text
    return found


def label_of(texts: Mapping[str, str]) -> dict[str, Any]:
    """Texts by language code as a ``Label``."""
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": int(code)} for code, text in texts.items()]}


def base_of(texts: Mapping[str, str]) -> str | None:
    """The text in the base language, else the first one."""
    return texts.get(str(LANGUAGE)) or next(iter(texts.values()), None)


def base_text(label: Any) -> str | None:
    """The text of a label in the base language, else in its first one.

    Raises:
        EmulatorError: 0x80040203 for what is no label.
    """
    return base_of(texts(label))


def member(value: Any, name: str = "Value") -> Any:
    """A member of a complex value, or the value itself where a client sends it bare."""
    return value.get(name) if isinstance(value, Mapping) else value


def settings_of(
    class_name: str,
    given: Mapping[str, Any],
    usual: Mapping[str, Any],
    names: Iterable[str],
    *,
    former: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """The members of a definition that differ from the usual ones, as ``describe.values.apply_settings`` takes them.

    Args:
        class_name: class of the definition.
        given: what the client sent.
        usual: the description of the same thing without settings.
        names: the members that may be set.
        former: the description as it was, where labels of languages that are not sent stay (MSCRM.MergeLabels).
    """
    return differing(members_of(class_name), given, usual, names, former)


def differing(
    kinds: Mapping[str, str],
    given: Mapping[str, Any],
    usual: Mapping[str, Any],
    names: Iterable[str],
    former: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """``settings_of`` for members of the given types."""
    found: dict[str, Any] = {}
    for name in names:
        kind = kinds.get(name)
        if kind is None:
            continue
        is_label = kind == "mscrm.Label"
        if name not in given and not (is_label and former is not None):
            continue
        value = setting(kind, given.get(name))
        if is_label and former is not None:
            value = {**texts(former.get(name)), **value}
        if value != setting(kind, usual.get(name)):
            found[name] = value
    return found or None


def setting(kind: str, value: Any) -> Any:
    """A member of that type as a setting: texts by language, [value, can be changed], or the value."""
    if kind == "mscrm.Label":
        return texts(value)
    if kind.endswith("ManagedProperty"):
        if isinstance(value, Mapping):
            return [value.get("Value"), value.get("CanBeChanged", True)]
        return [value, True]
    return member(value)
