"""Option sets in definitions: local, global, of two options (contract 07 §3.6, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.definitions.retrieving import find_option_set
from dataverse_emulator.messages.metadata.given import (
    OPTION_MEMBERS,
    base_text,
    differing,
    invalid,
    label_of,
)
from dataverse_emulator.metadata.describe.values import LANGUAGE

BIND = "GlobalOptionSet@odata.bind"
LARGEST = 2**31 - 1


def option_part(given: Mapping[str, Any], value: int) -> dict[str, Any]:
    """An option in the form of the definition files.

    Raises:
        EmulatorError: 0x80040203 when it has no label.
    """
    label = base_text(given.get("Label"))
    if label is None:
        raise invalid("An option must have a label.")
    return {"value": value, "label": label, **more_of(given, label)}


def more_of(given: Mapping[str, Any], label: str) -> dict[str, Any]:
    """The members of an option that only its description knows, as a part of its definition."""
    usual = {
        "Label": label_of({str(LANGUAGE): label}),
        "ParentValues": [],
        "IsHidden": False,
        "ExternalValue": "",
    }
    sent = {name: value for name, value in given.items() if value is not None}
    more = differing(OPTION_MEMBERS, sent, usual, OPTION_MEMBERS)
    return {"more": more} if more else {}


def option_parts(given: Any, first: int) -> list[dict[str, Any]]:
    """Options in the order in which they were sent; those without value get the next free one.

    Raises:
        EmulatorError: 0x80044310 when a value is there twice.
    """
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise invalid("Options must be a list of options.")
    taken = [each["Value"] for each in given if isinstance(each.get("Value"), int)]
    found: dict[int, dict[str, Any]] = {}
    for each in given:
        value = each.get("Value")
        if value is None:
            value = next_value([*taken, *found], first)
        check_value(value)
        if value in found:
            raise error("PicklistValueNotUnique", value=value)
        found[value] = option_part(each, value)
    return list(found.values())


def next_value(taken: Iterable[int], first: int) -> int:
    """The value of an option that was given none: behind those of the same publisher."""
    own = [value for value in taken if first <= value < first + 10000]
    return max(own) + 1 if own else first


def check_value(value: Any) -> None:
    """Refuse what is no option's value.

    Raises:
        EmulatorError: 0x80040203.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not -1 < value <= LARGEST:
        raise invalid(f"The value of an option must be between 0 and {LARGEST}.")


def two_options(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options of a two-option set, No and Yes where the client names none.

    Raises:
        EmulatorError: 0x80040203 for another value than 1 and 0, or an option without label.
    """
    found = []
    for name, value, usual in (("TrueOption", 1, "Yes"), ("FalseOption", 0, "No")):
        option = given.get(name)
        if option is None:
            found.append({"value": value, "label": usual})
        else:
            if option.get("Value") not in (None, value):
                raise invalid(f"The value of {name} must be {value}.")
            found.append(option_part(option, value))
    return found


def choice_members(
    context: Context, kind: str, given: Mapping[str, Any], table: str, column: str, first: int
) -> dict[str, Any]:
    """What a choice or two-option column says of its options: a local set, or the name of a global one.

    Raises:
        EmulatorError: 0x80040203 for options that are none; 0x80060888 (404) when the global set is not there.
    """
    bound = given.get(BIND)
    inner = given.get("OptionSet") or given.get("GlobalOptionSet") or {}
    if not isinstance(inner, Mapping):
        raise invalid("An OptionSet must be an object.")
    name = None
    if bound is not None and not isinstance(bound, str):
        raise invalid("A bound global option set must be named by a text.")
    if bound is not None:
        name = _bound_name(context, bound)
    elif inner.get("IsGlobal") and inner.get("Name"):
        name = str(inner["Name"])
    if name is not None:
        if context.catalog.option_set(name) is None:
            raise error("DefinitionNotFound", kind="OptionSetMetadata", key="Name", value=name)
        return {"optionSet": name, "optionSetGlobal": True}
    options = two_options(inner) if kind == "Boolean" else option_parts(inner.get("Options") or [], first)
    return {"optionSet": f"{table}_{column}", "options": options}


def _bound_name(context: Context, bound: str) -> str:
    """The global set that ``GlobalOptionSetDefinitions(...)`` names, by id or by ``Name``."""
    key = bound.rpartition("(")[2].rstrip(")").strip()
    if "=" in key:
        label, _, text = key.partition("=")
        if label.strip() == "Name":
            return text.strip().strip("'").replace("''", "'")
        key = text.strip()
    name = find_option_set(context.catalog, key.lower())
    if name is None:
        raise error("DefinitionNotFound", kind="OptionSetMetadataBase", key="MetadataId", value=key[:100])
    return name
