"""Context URLs: the fragment that follows ``$metadata``. Plain text in, plain text out."""

from __future__ import annotations

from collections.abc import Sequence

SERVICE_CONTEXT = ""
REFERENCE_CONTEXT = "#$ref"
REFERENCES_CONTEXT = "#Collection($ref)"


def expanded(navigation: str, select: Sequence[str] | None = None, expands: Sequence[str] = ()) -> str:
    """Give one expanded navigation property for the list of its parent.

    >>> expanded("regardingobjectid", ["fullname"], [expanded("createdby", ["fullname"])])
    'regardingobjectid(fullname,createdby(fullname))'
    """
    return f"{navigation}({','.join([*(select or ()), *expands])})"


def expanded_reference(navigation: str) -> str:
    """Give a navigation property expanded to references.

    >>> expanded_reference("primarycontactid")
    'primarycontactid/$ref()'
    """
    return f"{navigation}/$ref()"


def _columns(select: Sequence[str] | None, expands: Sequence[str]) -> str:
    names = [*(select or ()), *expands]
    return f"({','.join(names)})" if names else ""


def collection_context(set_name: str, select: Sequence[str] | None = None, expands: Sequence[str] = ()) -> str:
    """Give the context of a collection of entities; ``expands`` are texts made by ``expanded``.

    >>> collection_context("accounts"), collection_context("accounts", ["name"], ["primarycontactid(fullname)"])
    ('#accounts', '#accounts(name,primarycontactid(fullname))')
    """
    return f"#{set_name}{_columns(select, expands)}"


def entity_context(set_name: str, select: Sequence[str] | None = None, expands: Sequence[str] = ()) -> str:
    """Give the context of one entity.

    >>> entity_context("accounts", ["name", "revenue"])
    '#accounts(name,revenue)/$entity'
    """
    return f"#{set_name}{_columns(select, expands)}/$entity"


def delta_context(set_name: str, select: Sequence[str] | None = None) -> str:
    """Give the context of a collection of changes.

    >>> delta_context("accounts", ["name"])
    '#accounts(name)/$delta'
    """
    return f"#{set_name}{_columns(select, ())}/$delta"


def deleted_context(set_name: str) -> str:
    """Give the context of a deleted entity in a collection of changes."""
    return f"#{set_name}/$deletedEntity"


def property_context(set_name: str, key: str, path: str) -> str:
    """Give the context of one property of an entity; the key is written as in a URL.

    >>> property_context("accounts", "00000000-0000-0000-0000-000000000001", "name")
    '#accounts(00000000-0000-0000-0000-000000000001)/name'
    """
    return f"#{set_name}({key})/{path}"


def cast_context(path: str, type_name: str, select: Sequence[str] | None = None, *, single: bool = False) -> str:
    """Give the context of entities that were cast to a derived type.

    >>> cast_context("EntityDefinitions('account')/Attributes", "ns.ImageAttribute", ["MaxSizeInKB"], single=True)
    "#EntityDefinitions('account')/Attributes/ns.ImageAttribute(MaxSizeInKB)/$entity"
    """
    return f"#{path}/{type_name}{_columns(select, ())}{'/$entity' if single else ''}"


def type_context(type_name: str) -> str:
    """Give the context of a complex or primitive value.

    >>> type_context("Edm.String"), type_context("Microsoft.Dynamics.CRM.WhoAmIResponse")
    ('#Edm.String', '#Microsoft.Dynamics.CRM.WhoAmIResponse')
    """
    return "#" + type_name


def collection_type_context(type_name: str) -> str:
    """Give the context of a collection of values, or of entities that belong to no one set.

    >>> collection_type_context("Microsoft.Dynamics.CRM.crmbaseentity")
    '#Collection(Microsoft.Dynamics.CRM.crmbaseentity)'
    """
    return f"#Collection({type_name})"
