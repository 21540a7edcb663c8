"""The entity data model as CSDL XML, OData 4.0.

Text is put together by hand, a list of lines joined once: the document of a whole service has megabytes, and an XML
tree of it takes several times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

from odata_protocol.model import (
    Action,
    Annotation,
    AnnotationValue,
    ComplexType,
    Document,
    EntityContainer,
    EntitySet,
    EntityType,
    EnumType,
    EnumValue,
    Function,
    NavigationProperty,
    Parameter,
    Property,
    PropertyPath,
    Record,
    Reference,
    ReturnType,
    Schema,
    StructuredType,
)

EDMX_NAMESPACE = "http://docs.oasis-open.org/odata/ns/edmx"
EDM_NAMESPACE = "http://docs.oasis-open.org/odata/ns/edm"

_QUOTED = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_BOOLEANS = {True: "true", False: "false"}

Filter = Callable[[Annotation], bool]
"""Says which annotations are written."""


def write_csdl(document: Document, keep: Filter | None = None) -> bytes:
    """Write the document as UTF-8 XML.

    Args:
        document: what to write.
        keep: says for each annotation whether it is written; all are by default.
    """
    out: list[str] = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<edmx:Edmx Version="{_quoted(document.version)}" xmlns:edmx="{EDMX_NAMESPACE}">',
    ]
    for reference in document.references:
        _write_reference(out, reference)
    out.append("<edmx:DataServices>")
    for schema in document.schemas:
        _Writer(out, keep).schema(schema)
    out.append("</edmx:DataServices>")
    out.append("</edmx:Edmx>")
    return "\n".join(out).encode("utf-8")


def _write_reference(out: list[str], reference: Reference) -> None:
    namespace = _quoted(reference.namespace)
    out.append(f'<edmx:Reference Uri="{_quoted(reference.uri)}">')
    out.append(f'<edmx:Include Namespace="{namespace}" Alias="{_quoted(reference.alias)}"/>')
    out.append(f'<edmx:IncludeAnnotations TermNamespace="{namespace}"/>')
    out.append("</edmx:Reference>")


class _Writer:
    """Appends the elements of a schema to ``out``."""

    def __init__(self, out: list[str], keep: Filter | None) -> None:
        self.out = out
        self.keep = keep

    def schema(self, schema: Schema) -> None:
        alias = "" if schema.alias is None else f' Alias="{_quoted(schema.alias)}"'
        self.out.append(f'<Schema Namespace="{_quoted(schema.namespace)}"{alias} xmlns="{EDM_NAMESPACE}">')
        for entity_type in schema.entity_types:
            self.entity_type(entity_type)
        for complex_type in schema.complex_types:
            self.complex_type(complex_type)
        for enum_type in schema.enum_types:
            self.enum_type(enum_type)
        for action in schema.actions:
            self.operation("Action", action)
        for function in schema.functions:
            self.operation("Function", function)
        if schema.container is not None:
            self.container(schema.container)
        self.annotations(schema.annotations)
        self.out.append("</Schema>")

    def entity_type(self, entity_type: EntityType) -> None:
        start = len(self.out)
        self.out.append("")
        if entity_type.key:
            self.out.append("<Key>")
            self.out.extend(f'<PropertyRef Name="{_quoted(name)}"/>' for name in entity_type.key)
            self.out.append("</Key>")
        self._members(entity_type)
        self._close(start, "EntityType", _type_attributes(entity_type))

    def complex_type(self, complex_type: ComplexType) -> None:
        start = len(self.out)
        self.out.append("")
        self._members(complex_type)
        self._close(start, "ComplexType", _type_attributes(complex_type))

    def enum_type(self, enum_type: EnumType) -> None:
        underlying = "" if enum_type.underlying is None else f' UnderlyingType="{_quoted(enum_type.underlying)}"'
        flags = ' IsFlags="true"' if enum_type.is_flags else ""
        self.out.append(f'<EnumType Name="{_quoted(enum_type.name)}"{underlying}{flags}>')
        self.out.extend(f'<Member Name="{_quoted(each.name)}" Value="{each.value}"/>' for each in enum_type.members)
        self.out.append("</EnumType>")

    def operation(self, element: str, operation: Action | Function) -> None:
        attributes = f' Name="{_quoted(operation.name)}"'
        if operation.is_bound:
            attributes += ' IsBound="true"'
        if isinstance(operation, Function) and operation.is_composable:
            attributes += ' IsComposable="true"'
        start = len(self.out)
        self.out.append("")
        for parameter in operation.parameters:
            self.out.append(f'<Parameter Name="{_quoted(parameter.name)}"{_value_facets(parameter)}/>')
        if operation.returns is not None:
            self.out.append(f"<ReturnType{_value_facets(operation.returns)}/>")
        self._close(start, element, attributes)

    def container(self, container: EntityContainer) -> None:
        self.out.append(f'<EntityContainer Name="{_quoted(container.name)}">')
        for entity_set in container.entity_sets:
            self.entity_set(entity_set)
        for action in container.action_imports:
            of = "" if action.entity_set is None else f' EntitySet="{_quoted(action.entity_set)}"'
            self.out.append(f'<ActionImport Name="{_quoted(action.name)}" Action="{_quoted(action.action)}"{of}/>')
        for function in container.function_imports:
            of = "" if function.entity_set is None else f' EntitySet="{_quoted(function.entity_set)}"'
            self.out.append(
                f'<FunctionImport Name="{_quoted(function.name)}" Function="{_quoted(function.function)}"{of}/>'
            )
        self.annotations(container.annotations)
        self.out.append("</EntityContainer>")

    def entity_set(self, entity_set: EntitySet) -> None:
        start = len(self.out)
        self.out.append("")
        self.out.extend(
            f'<NavigationPropertyBinding Path="{_quoted(each.path)}" Target="{_quoted(each.target)}"/>'
            for each in entity_set.bindings
        )
        self.annotations(entity_set.annotations)
        name, of = _quoted(entity_set.name), _quoted(entity_set.entity_type)
        self._close(start, "EntitySet", f' Name="{name}" EntityType="{of}"')

    def property(self, each: Property) -> None:
        attributes = f' Name="{_quoted(each.name)}"{_value_facets(each)}'
        if each.scale is not None:
            attributes += f' Scale="{_quoted(each.scale)}"'
        start = len(self.out)
        self.out.append("")
        self.annotations(each.annotations)
        self._close(start, "Property", attributes)

    def navigation_property(self, each: NavigationProperty) -> None:
        attributes = f' Name="{_quoted(each.name)}" Type="{_quoted(each.type)}"'
        if each.nullable is not None:
            attributes += f' Nullable="{_BOOLEANS[each.nullable]}"'
        if each.partner is not None:
            attributes += f' Partner="{_quoted(each.partner)}"'
        if each.contains_target:
            attributes += ' ContainsTarget="true"'
        start = len(self.out)
        self.out.append("")
        for one in each.constraints:
            ends = f'Property="{_quoted(one.property)}" ReferencedProperty="{_quoted(one.referenced)}"'
            self.out.append(f"<ReferentialConstraint {ends}/>")
        self.annotations(each.annotations)
        self._close(start, "NavigationProperty", attributes)

    def annotations(self, annotations: Sequence[Annotation]) -> None:
        for each in annotations:
            if self.keep is None or self.keep(each):
                self._valued(f'Annotation Term="{_quoted(each.term)}"', "Annotation", each.value)

    def _members(self, type_: StructuredType) -> None:
        for each in type_.properties:
            self.property(each)
        for one in type_.navigation:
            self.navigation_property(one)
        self.annotations(type_.annotations)

    def _close(self, start: int, element: str, attributes: str) -> None:
        """Fill in the start tag that was left open at ``start``; an element without content closes itself."""
        if len(self.out) == start + 1:
            self.out[start] = f"<{element}{attributes}/>"
        else:
            self.out[start] = f"<{element}{attributes}>"
            self.out.append(f"</{element}>")

    def _valued(self, opening: str, element: str, value: AnnotationValue) -> None:
        """An element with its value: in an attribute where the format has one, else as content."""
        if isinstance(value, bool):
            self.out.append(f'<{opening} Bool="{_BOOLEANS[value]}"/>')
        elif isinstance(value, int):
            self.out.append(f'<{opening} Int="{value}"/>')
        elif isinstance(value, str):
            self.out.append(f'<{opening} String="{_quoted(value)}"/>')
        elif isinstance(value, PropertyPath):
            self.out.append(f'<{opening} PropertyPath="{_quoted(value.path)}"/>')
        else:
            self.out.append(f"<{opening}>")
            self._content(value)
            self.out.append(f"</{element}>")

    def _content(self, value: AnnotationValue) -> None:
        """A value as an element of its own."""
        if isinstance(value, tuple):
            self.out.append("<Collection>")
            for each in value:
                self._content(each)
            self.out.append("</Collection>")
        elif isinstance(value, Record):
            of = "" if value.type is None else f' Type="{_quoted(value.type)}"'
            self.out.append(f"<Record{of}>")
            for name, each in value.values:
                self._valued(f'PropertyValue Property="{_quoted(name)}"', "PropertyValue", each)
            self.out.append("</Record>")
        elif isinstance(value, EnumValue):
            self.out.append(f"<EnumMember>{escape(value.path)}</EnumMember>")
        elif isinstance(value, PropertyPath):
            self.out.append(f"<PropertyPath>{escape(value.path)}</PropertyPath>")
        elif isinstance(value, bool):
            self.out.append(f"<Bool>{_BOOLEANS[value]}</Bool>")
        elif isinstance(value, int):
            self.out.append(f"<Int>{value}</Int>")
        else:
            self.out.append(f"<String>{escape(value)}</String>")


def _type_attributes(type_: StructuredType) -> str:
    attributes = f' Name="{_quoted(type_.name)}"'
    if type_.base is not None:
        attributes += f' BaseType="{_quoted(type_.base)}"'
    if type_.abstract:
        attributes += ' Abstract="true"'
    if type_.open:
        attributes += ' OpenType="true"'
    return attributes


def _value_facets(each: Property | Parameter | ReturnType) -> str:
    facets = f' Type="{_quoted(each.type)}"'
    if each.nullable is not None:
        facets += f' Nullable="{_BOOLEANS[each.nullable]}"'
    if each.unicode is not None:
        facets += f' Unicode="{_BOOLEANS[each.unicode]}"'
    return facets


def _quoted(text: str) -> str:
    """The text as it stands between double quotes in XML."""
    # Nearly every text is a name; looking it over is cheaper than escaping it.
    return text if text.isidentifier() else escape(text, _QUOTED)
