"""``solution.xml``: which solution an archive holds, who publishes it, and its root components."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from lxml import etree

from dataverse_emulator.importing.files import Element, UnreadableFile, new_member
from dataverse_emulator.importing.solutions.members import add, text_of, texts_of, whole
from dataverse_emulator.importing.solutions.words import CONTENT_TYPES, CUSTOMIZATIONS, MANIFEST, ROOT
from dataverse_emulator.importing.solutions.writing import to_bytes
from dataverse_emulator.messages.metadata.given import base_of

_TYPES_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/content-types"


@dataclass(frozen=True, slots=True)
class RootComponent:
    """A component by name or, where it is a row, by id; ``behavior`` is ``rootcomponentbehavior``."""

    kind: int
    name: str | None = None
    id: str | None = None
    behavior: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``solution.xml`` says; ``solution`` and ``publisher`` are columns of the rows of that name."""

    solution: Mapping[str, Any]
    publisher: Mapping[str, Any]
    components: tuple[RootComponent, ...] = field(default=())
    is_managed: bool = False


def read_manifest(root: Element) -> Manifest:
    """The manifest of a parsed ``solution.xml``.

    Raises:
        UnreadableFile: it has none, or no unique name, version or publisher; a type of a component is no number.
    """
    element = root.find("SolutionManifest") if root.tag == ROOT else None
    if element is None:
        raise UnreadableFile("solution.xml has no SolutionManifest.")
    publisher = element.find("Publisher")
    if publisher is None:
        raise UnreadableFile("solution.xml names no Publisher.")
    name, owner = text_of(element, "UniqueName"), text_of(publisher, "UniqueName")
    version, first = text_of(element, "Version"), text_of(publisher, "CustomizationOptionValuePrefix")
    for member, text in (("UniqueName", name), ("Version", version), ("UniqueName of the Publisher", owner)):
        if not text:
            raise UnreadableFile(f"solution.xml has no {member}.")
    return Manifest(
        {"uniquename": name, "version": version, **_texts(element, name)},
        {
            "uniquename": owner,
            **_texts(publisher, owner),
            "emailaddress": text_of(publisher, "EMailAddress") or None,
            "supportingwebsiteurl": text_of(publisher, "SupportingWebsiteUrl") or None,
            "customizationprefix": text_of(publisher, "CustomizationPrefix") or None,
            "customizationoptionvalueprefix": whole(first, "CustomizationOptionValuePrefix") if first else None,
        },
        tuple(_component(each) for each in element.iterfind("RootComponents/RootComponent")),
        text_of(element, "Managed") == "1",
    )


def _texts(element: Element, name: str) -> dict[str, Any]:
    return {
        "friendlyname": base_of(texts_of(element.find("LocalizedNames"), "LocalizedName")) or name,
        "description": base_of(texts_of(element.find("Descriptions"), "Description")),
    }


def _component(element: Element) -> RootComponent:
    id = element.get("id")
    return RootComponent(
        whole(element.get("type"), "The type of a RootComponent"),
        element.get("schemaName"),
        id.strip("{}").lower() if id else None,
        whole(element.get("behavior"), "The behavior of a RootComponent"),
    )


def write_manifest(manifest: Manifest) -> bytes:
    """``solution.xml``."""
    root = etree.Element(ROOT, {"version": "9.2.0.0", "SolutionPackageVersion": "9.2", "languagecode": "1033"})
    element = add(root, "SolutionManifest")
    add(element, "UniqueName", manifest.solution["uniquename"])
    _add_texts(element, manifest.solution)
    add(element, "Version", manifest.solution["version"])
    add(element, "Managed", manifest.is_managed)
    publisher = add(element, "Publisher")
    add(publisher, "UniqueName", manifest.publisher["uniquename"])
    _add_texts(publisher, manifest.publisher)
    for name, column in (
        ("EMailAddress", "emailaddress"),
        ("SupportingWebsiteUrl", "supportingwebsiteurl"),
        ("CustomizationPrefix", "customizationprefix"),
        ("CustomizationOptionValuePrefix", "customizationoptionvalueprefix"),
    ):
        add(publisher, name, manifest.publisher.get(column))
    components = add(element, "RootComponents")
    for each in manifest.components:
        names = {"schemaName": each.name} if each.name else {"id": f"{{{each.id}}}"}
        add(components, "RootComponent", type=str(each.kind), **names, behavior=str(each.behavior))
    add(element, "MissingDependencies")
    return to_bytes(root)


def _add_texts(element: Element, row: Mapping[str, Any]) -> None:
    for group, tag, column in (
        ("LocalizedNames", "LocalizedName", "friendlyname"),
        ("Descriptions", "Description", "description"),
    ):
        inner = add(element, group)
        if row.get(column):
            add(inner, tag, description=str(row[column]), languagecode="1033")


def write_archive(manifest: Manifest, customizations: bytes) -> bytes:
    """The zip archive of a solution; the same content gives the same bytes."""
    types = etree.Element("Types", {"xmlns": _TYPES_NAMESPACE})
    add(types, "Default", Extension="xml", ContentType="application/octet-stream")
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in (
            (CONTENT_TYPES, to_bytes(types)),
            (CUSTOMIZATIONS, customizations),
            (MANIFEST, write_manifest(manifest)),
        ):
            archive.writestr(new_member(name), data)
    return stream.getvalue()
