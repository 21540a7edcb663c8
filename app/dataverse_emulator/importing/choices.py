"""Labels, options and the order of status reasons in definitions that come in (07 §3.6, §3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.importing.drafts import Definition, Drafts, Report, TableDraft
from dataverse_emulator.importing.keeping import with_texts
from dataverse_emulator.messages.metadata.choices import more_of
from dataverse_emulator.messages.metadata.transitions import read_transitions
from dataverse_emulator.metadata.overlay import OPTION_SET


def text_of(label: Any) -> str | None:
    """The text of a label, in the user's language where there is one."""
    if not isinstance(label, Mapping):
        return None
    listed = label.get("LocalizedLabels")
    own = label.get("UserLocalizedLabel") or next(iter(listed if isinstance(listed, list) else ()), None)
    text = own.get("Label") if isinstance(own, Mapping) else None
    return text if isinstance(text, str) and text else None


def read_choice(drafts: Drafts, column: Definition, given: Mapping[str, Any], place: str) -> None:
    """Give a column the options that its definition has, its own or those of a global set."""
    own, shared = given.get("OptionSet"), given.get("GlobalOptionSet")
    found = own or shared
    if not found:
        if column["type"] in ("Picklist", "MultiSelectPicklist", "State", "Status"):
            drafts.report.add(place, "its option set was not expanded: it has no options")
        return
    name = found.get("Name")
    options = read_options(drafts, place, found)
    if found.get("IsGlobal") and name:
        column |= {"optionSet": name, "optionSetGlobal": True}
        kind = "Boolean" if column["type"] == "Boolean" else "Picklist"
        if options:
            custom = {"isCustom": True} if found.get("IsCustomOptionSet") is True else {}
            drafts.option_sets[name] = {"name": name, "type": kind, "options": options, **custom}
            drafts.given[OPTION_SET, name] = found
    else:
        if name:
            column["optionSet"] = name
        column["options"] = options
    default = given.get("DefaultFormValue")
    if column["type"] == "Boolean":
        column["defaultValue"] = bool(given.get("DefaultValue"))
    elif isinstance(default, int) and default != -1 and column["type"] != "Status":
        column["defaultValue"] = default
    elif column["type"] == "State" and options:
        column["defaultValue"] = options[0]["value"]


def read_options(drafts: Drafts, place: str, found: Mapping[str, Any]) -> list[Definition]:
    """The options of an option set, with what only their descriptions know."""
    listed = found.get("Options") or [each for each in (found.get("FalseOption"), found.get("TrueOption")) if each]
    options = []
    for each in listed:
        value = each.get("Value")
        label = text_of(each.get("Label"))
        if label is None:
            label = "" if isinstance(each.get("Label"), Mapping) else str(value)
        option: Definition = {"value": value, "label": label}
        for member, of in (("state", "State"), ("defaultStatus", "DefaultStatus"), ("invariantName", "InvariantName")):
            if each.get(of) is not None:
                option[member] = each[of]
        try:
            options.append({**option, **more_of(with_texts(each), label)})
        except EmulatorError as problem:
            drafts.report.add(place, f"labels of the option {value} are not kept: {problem.message}")
            options.append(option)
    return options


def read_status_transitions(report: Report, draft: TableDraft, texts: Iterable[str]) -> None:
    """Which status reasons may follow each other.

    Args:
        texts: ``TransitionData`` of the options of ``statuscode``; what is no such text is reported.
    """
    found: dict[str, list[int]] = {}
    for text in texts:
        try:
            pairs = read_transitions(text)
        except EmulatorError as problem:
            report.add(f"column {draft.name}.statuscode", problem.message)
            continue
        for source, target in pairs:
            found.setdefault(str(source), []).append(target)
    if found:
        draft.head["statusTransitions"] = found
