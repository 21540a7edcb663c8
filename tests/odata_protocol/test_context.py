"""Context URLs."""

from __future__ import annotations

import pytest

from odata_protocol import context

PARENT = context.expanded("parentcustomerid_account", ["name"], [context.expanded("createdby", ["fullname"])])


@pytest.mark.parametrize(
    ("found", "fragment"),
    [
        (context.SERVICE_CONTEXT, ""),
        (context.collection_context("accounts"), "#accounts"),
        (context.collection_context("accounts", []), "#accounts"),
        (context.collection_context("accounts", ["name", "revenue"]), "#accounts(name,revenue)"),
        (context.entity_context("accounts"), "#accounts/$entity"),
        (context.entity_context("accounts", ["name"]), "#accounts(name)/$entity"),
        (
            context.collection_context("tasks", ["subject"], [context.expanded("contact", ["fullname"], [PARENT])]),
            "#tasks(subject,contact(fullname,parentcustomerid_account(name,createdby(fullname))))",
        ),
        (context.collection_context("accounts", None, [context.expanded("a")]), "#accounts(a())"),
        (
            context.collection_context("accounts", ["name"], [context.expanded_reference("primarycontactid")]),
            "#accounts(name,primarycontactid/$ref())",
        ),
        (context.property_context("accounts", "1", "name"), "#accounts(1)/name"),
        (context.REFERENCE_CONTEXT, "#$ref"),
        (context.REFERENCES_CONTEXT, "#Collection($ref)"),
        (context.delta_context("accounts", ["name", "fax"]), "#accounts(name,fax)/$delta"),
        (context.deleted_context("accounts"), "#accounts/$deletedEntity"),
        (context.type_context("Edm.Int32"), "#Edm.Int32"),
        (context.collection_type_context("ns.crmbaseentity"), "#Collection(ns.crmbaseentity)"),
        (
            context.cast_context("EntityDefinitions('account')/Attributes", "ns.Image", ["MaxSizeInKB"], single=True),
            "#EntityDefinitions('account')/Attributes/ns.Image(MaxSizeInKB)/$entity",
        ),
        (context.cast_context("systemusers", "ns.user"), "#systemusers/ns.user"),
    ],
)
def test_context(found: str, fragment: str) -> None:
    assert found == fragment
