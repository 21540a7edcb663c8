"""Rows to JSON.

For each shape of result and each set of annotations one function is generated: it takes all rows and makes one
dictionary a row, without asking anything about columns again. It is kept in ``Rows.memo``, which lives as long as the
compiled plan. Members stand in the order of contract 01 §13.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from dataverse_emulator.formatting import EN_US, Locale, formatter, number_formatter
from dataverse_emulator.metadata.catalog import Catalog, Column, ColumnType, NavigationKind, Table
from dataverse_emulator.query.model import ROOT, Aggregate, AggregateFunction, DatePart, Expanded, Output, Rows
from dataverse_emulator.web.webapi.annotations import (
    ATTRIBUTE_NAME,
    FORMATTED_VALUE,
    LOOKUP_TABLE,
    NAVIGATION,
    NONE,
    Annotations,
)
from dataverse_emulator.web.webapi.links import NO_LINKS, Links, page_links
from dataverse_emulator.web.webapi.money import Currencies
from dataverse_emulator.web.webapi.tags import elastic_tag

JsonObject: TypeAlias = dict[str, Any]
Builder: TypeAlias = Callable[[list[tuple[Any, ...]], str, tuple[Any, ...], tuple[Any, ...]], list[JsonObject]]

_BOOLEANS = {None: None, 0: False, 1: True}
# periods a fiscal year → what a period is called (inferred but for the quarter)
_PERIODS = {1: "Annual", 2: "Semester", 4: "Quarter", 12: "Month"}
_NUMBERS_AS_TEXT = frozenset({"Edm.Int64", "Edm.Decimal"})


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows are represented.

    Attributes:
        annotations: what stands beside the values.
        etags: rows begin with their entity tag.
        typed: rows carry ``@odata.type`` (collections of mixed types).
        omit_nulls: members without value are left out (FetchXML and groups).
        numbers_as_text: 64-bit integers and decimals are strings (``IEEE754Compatible=true``).
        fetched: members with a name of their own tell of which column they are (FetchXML, contract 03 §10).
        locale: the locale and time zone of formatted values.
    """

    annotations: Annotations = NONE
    etags: bool = True
    typed: bool = False
    omit_nulls: bool = False
    numbers_as_text: bool = False
    fetched: bool = False
    locale: Locale = EN_US


PLAIN = Shape()


@dataclass(frozen=True, slots=True, eq=False)
class Formats:
    """What formatted values need of an environment."""

    catalog: Catalog
    currencies: Currencies


def represent_rows(
    rows: Rows, formats: Formats, root: str, shape: Shape = PLAIN, links: Links = NO_LINKS
) -> list[JsonObject]:
    """One JSON object a row, in order.

    Args:
        rows: the rows.
        formats: the environment's formats.
        root: the service root as the client wrote it, with the slash at its end.
        shape: how to represent them.
        links: the option texts of expanded collections.
    """
    if not rows.rows:
        return []
    key = ("webapi", shape)
    builder: Builder | None = rows.memo.get(key)
    if builder is None:
        builder = rows.memo[key] = _generate(rows, formats, shape)
    related: tuple[Any, ...] = ()
    texts: tuple[Any, ...] = ()
    if rows.expanded:
        nested = links.nested or (NO_LINKS,) * len(rows.expanded)
        related = tuple(
            _related(expanded, formats, root, shape, links_of)
            for expanded, links_of in zip(rows.expanded, nested, strict=True)
        )
        texts = tuple(
            page_links(expanded, text) if expanded.expansion.is_paged else text
            for expanded, text in zip(rows.expanded, links.texts or ("",) * len(rows.expanded), strict=True)
        )
    return builder(rows.rows, root, related, texts)


def _related(expanded: Expanded, formats: Formats, root: str, shape: Shape, links: Links) -> Mapping[str, Any]:
    """The related rows of an expansion by the value of their parents: an object, or a list for a collection."""
    is_collection = expanded.expansion.navigation.is_collection
    has_etags = shape.etags and is_collection and not expanded.rows.expanded
    inner = represent_rows(expanded.rows, formats, root, replace(shape, etags=has_etags, typed=False), links)
    if is_collection:
        return {parent: [inner[place] for place in places] for parent, places in expanded.by_parent.items()}
    return {parent: inner[places[0]] for parent, places in expanded.by_parent.items() if places}


def entity_tag(rows: Rows) -> str | None:
    """The entity tag of the first row, or None where the table has no versions."""
    if rows.version < 0 or not rows.rows:
        return None
    version = rows.rows[0][rows.version]
    return f'W/"{elastic_tag(version) if rows.query.table.is_elastic else version}"'


# ---- generating a builder --------------------------------------------------------------------------------------------


def _generate(rows: Rows, formats: Formats, shape: Shape) -> Builder:
    source = _Source(rows, formats, shape)
    text = source.write()
    names: dict[str, Any] = source.names
    exec(compile(text, f"<rows of {rows.query.table.logical_name}>", "exec"), names)
    built: Builder = names["build"]
    return built


@dataclass(frozen=True, slots=True)
class _Member:
    """One member of the object: name, expression, and the expression that must not be None for it to appear."""

    name: str
    expression: str
    unless_none: str | None = None


class _Source:
    """Writes the Python source of a builder; ``names`` are the globals that it needs."""

    def __init__(self, rows: Rows, formats: Formats, shape: Shape) -> None:
        self.rows = rows
        self.query = rows.query
        self.formats = formats
        self.shape = shape
        self.names: dict[str, Any] = {"BOOLEANS": _BOOLEANS, "EMPTY": [], "TAG": elastic_tag}
        self.width = len(rows.rows[0])

    def write(self) -> str:
        members = self.members()
        targets = ", ".join(f"c{place}" for place in range(self.width))
        unpack = f"for ({targets},) in rows"
        setup = "".join(f"    r{n} = related[{n}]\n" for n in range(len(self.rows.expanded)))
        setup += "".join(f"    l{n} = links[{n}]\n" for n in range(len(self.rows.expanded)))
        head = f"def build(rows, root, related, links):\n{setup}"
        if all(member.unless_none is None for member in members):
            body = ", ".join(f"{member.name!r}: {member.expression}" for member in members)
            return f"{head}    return [{{{body}}} {unpack}]\n"
        lines = [f"{head}    built = []\n    {unpack}:\n        o = {{}}\n"]
        condition: str | None = None
        for member in members:
            if member.unless_none != condition and member.unless_none is not None:
                lines.append(f"        if {member.unless_none} is not None:\n")
            condition = member.unless_none
            indent = "        " if condition is None else "            "
            lines.append(f"{indent}o[{member.name!r}] = {member.expression}\n")
        lines.append("        built.append(o)\n    return built\n")
        return "".join(lines)

    def members(self) -> list[_Member]:
        if self.query.is_grouped:
            return self.group_members()
        rows, shape, table = self.rows, self.shape, self.query.table
        members: list[_Member] = []
        if shape.typed:
            members.append(_Member("@odata.type", repr(f"#Microsoft.Dynamics.CRM.{table.edm_type_name}")))
        if shape.etags and rows.version >= 0:
            version = f"TAG(c{rows.version})" if table.is_elastic else f"c{rows.version}"
            members.append(_Member("@odata.etag", f"f'W/\"{{{version}}}\"'"))
        has_key = rows.key < 0
        for place, output in enumerate(self.query.outputs):
            if output.label or output.hidden:
                continue
            members += self.output_members(place, output)
            has_key = has_key or (output.ref.column.is_primary_id and not output.alias and not output.ref.source)
        if not has_key:
            members.append(_Member(table.primary_id, f"c{rows.key}"))
        for number, expanded in enumerate(rows.expanded):
            members += self.expansion_members(number, expanded)
        return members

    def group_members(self) -> list[_Member]:
        members: list[_Member] = []
        groups = len(self.query.group)
        for place, output in enumerate(self.query.group):
            if not (output.label or output.hidden):
                members += self.output_members(place, output, omit_null=True)
        for offset, aggregate in enumerate(self.query.aggregates):
            place = groups + offset
            name = aggregate.alias
            if self.shape.fetched and self.shape.annotations.attribute_name:
                column = self.query.table.primary_id if aggregate.ref is None else aggregate.ref.column.logical_name
                members.append(_Member(f"{name}@{ATTRIBUTE_NAME}", repr(column), f"c{place}"))
            format_ = self.aggregate_format(place, aggregate) if self.shape.annotations.formatted else None
            if format_:
                members.append(self.formatted_member(f"{name}@{FORMATTED_VALUE}", format_, f"c{place}"))
            members.append(_Member(name, f"c{place}", f"c{place}"))
        return members

    def output_members(self, place: int, output: Output, *, omit_null: bool = False) -> list[_Member]:
        column = output.ref.column
        name = output.alias or column.edm_name or column.logical_name
        value = f"c{place}"
        omit = value if omit_null or self.shape.omit_nulls else None
        if output.part is not None or output.children:
            return [*self.number_annotations(value, output, name), _Member(name, value, omit)]
        members = self.annotations(place, output, name) if self.shape.annotations.of_values else []
        members.append(_Member(name, self.value(value, column), omit))
        return members

    def number_annotations(self, value: str, output: Output, name: str) -> list[_Member]:
        """Those of parts of dates and of counts of children, which are numbers whatever the column."""
        wanted = self.shape.annotations
        members = [_Member(f"{name}@{ATTRIBUTE_NAME}", repr(output.ref.column.logical_name), value)]
        members = members if wanted.attribute_name else []
        if wanted.formatted:
            members.append(_Member(f"{name}@{FORMATTED_VALUE}", _part_text(output, value), value))
        return members

    def value(self, value: str, column: Column) -> str:
        if column.type is ColumnType.BOOLEAN:
            return f"BOOLEANS[{value}]"
        if self.shape.numbers_as_text and column.edm_type in _NUMBERS_AS_TEXT:
            return f"None if {value} is None else str({value})"
        return value

    def annotations(self, place: int, output: Output, name: str) -> list[_Member]:
        column, value = output.ref.column, f"c{place}"
        wanted = self.shape.annotations
        members: list[_Member] = []
        is_aliased = self.shape.fetched and bool(output.alias)
        if is_aliased and wanted.attribute_name:
            members.append(_Member(f"{name}@{ATTRIBUTE_NAME}", repr(column.logical_name), value))
        if wanted.formatted:
            members += self.formatted(place, output, name)
        if column.is_lookup:
            table = f"c{self.rows.types[place]}" if place in self.rows.types else repr(_only_target(column))
            if wanted.navigation and column.navigation and not is_aliased:
                navigation = self.navigation_of(column, table)
                members.append(_Member(f"{name}@{NAVIGATION}", navigation, value))
            if wanted.lookup_table:
                members.append(_Member(f"{name}@{LOOKUP_TABLE}", table, value))
        return members

    def navigation_of(self, column: Column, table: str) -> str:
        navigations = dict(column.navigation)
        if len(set(navigations.values())) == 1:
            return repr(next(iter(navigations.values())))
        known = f"n_{column.logical_name}"
        self.names[known] = navigations
        return f"{known}.get({table})"

    def formatted(self, place: int, output: Output, name: str) -> list[_Member]:
        column, value = output.ref.column, f"c{place}"
        annotation = f"{name}@{FORMATTED_VALUE}"
        if column.is_lookup:
            label = self.label_place(place, output)
            return [] if label is None else [_Member(annotation, f"c{label}", f"c{label}")]
        expression = self.format_expression(place, column, output.ref.source)
        return [] if expression is None else [self.formatted_member(annotation, expression, value)]

    @staticmethod
    def formatted_member(annotation: str, expression: str, value: str) -> _Member:
        """Formatters answer None for values that they do not know; there is no annotation then."""
        text = f"v{value}"
        return _Member(annotation, text, f"({text} := None if {value} is None else {expression})")

    def label_place(self, place: int, output: Output) -> int | None:
        outputs: Sequence[Output] = self.query.group if self.query.is_grouped else self.query.outputs
        after = place + 1
        if after < len(outputs) and outputs[after].label and outputs[after].ref == output.ref:
            return after
        return None

    def format_expression(self, place: int, column: Column, source: str = ROOT) -> str | None:
        function: Callable[..., Any] | None
        arguments = f"c{place}"
        if column.type is ColumnType.MONEY:
            function = self.formats.currencies.formatter(column, self.shape.locale)
            currency = self.currency_place(source)
            arguments += ", None" if currency is None else f", c{currency}"
        else:
            function = formatter(column, self.formats.catalog, self.shape.locale)
        if function is None:
            return None
        name = f"f{place}"
        self.names[name] = function
        return f"{name}({arguments})"

    def currency_place(self, source: str) -> int | None:
        outputs: Sequence[Output] = self.query.group if self.query.is_grouped else self.query.outputs
        for place, output in enumerate(outputs):
            ref = output.ref
            if ref.column.logical_name == "transactioncurrencyid" and not output.label and ref.source == source:
                return place
        return None

    def aggregate_format(self, place: int, aggregate: Aggregate) -> str | None:
        counts = (AggregateFunction.COUNT, AggregateFunction.COUNT_COLUMN, AggregateFunction.COUNT_DISTINCT)
        if aggregate.ref is None or aggregate.function in counts:
            self.names["COUNT"] = number_formatter(0, self.shape.locale)
            return f"COUNT(c{place})"
        return self.format_expression(place, aggregate.ref.column, aggregate.ref.source)

    def set_of(self, expanded: Expanded) -> str:
        """The entity set of the rows that a lookup leads to: its text, or how it follows from the target's type."""
        types = self.rows.types.get(expanded.parent_place)
        table = expanded.expansion.query.table
        if types is None or table.logical_name != "owner":
            return table.entity_set_name
        catalog = self.formats.catalog
        self.names["OWNER_SETS"] = {name: catalog.table(name).entity_set_name for name in ("systemuser", "team")}
        return f"{{OWNER_SETS[c{types}]}}"

    def expansion_members(self, number: int, expanded: Expanded) -> list[_Member]:
        expansion = expanded.expansion
        parent = f"c{expanded.parent_place}"
        name = expansion.name
        if expansion.navigation.kind is NavigationKind.MANY_TO_ONE:
            if expansion.references:
                target = self.set_of(expanded)
                link = f"{{'@odata.id': f'{{root}}{target}({{{parent}}})'}} if {parent} in r{number} else None"
                return [_Member(name, link)]
            return [_Member(name, f"r{number}.get({parent})")]
        own = self.query.table.entity_set_name
        link = f"f'{{root}}{own}({{{parent}}})/{name}{{l{number}}}'"
        if expansion.is_paged:
            text = f"p{number}"
            link = f"f'{{root}}{own}({{{parent}}})/{name}{{{text}}}'"
            page = _Member(f"{name}@odata.nextLink", link, f"({text} := l{number}.get({parent}))")
            return [_Member(name, f"r{number}.get({parent}, EMPTY)"), page]
        return [_Member(name, f"r{number}.get({parent}, EMPTY)"), _Member(f"{name}@odata.nextLink", link)]


def _part_text(output: Output, value: str) -> str:
    """The expression that shows a part of a date; the fiscal ones carry their year (``sqlite_forms.date_part``)."""
    if output.part is DatePart.FISCAL_YEAR:
        return f"f'FY{{{value}}}'"
    if output.part is DatePart.FISCAL_PERIOD:
        period = _PERIODS.get(output.fiscal.periods if output.fiscal else 4, "Period")
        return f"f'{period} {{{value} % 100}} FY{{{value} // 100}}'"
    return f"str({value})"


def _only_target(column: Column) -> str:
    return column.targets[0] if column.targets else ""


def type_annotation(table: Table) -> str:
    """The value of ``@odata.type`` for rows of a table."""
    return f"#Microsoft.Dynamics.CRM.{table.edm_type_name}"
