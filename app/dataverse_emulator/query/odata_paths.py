"""Names in OData expressions: property paths to columns, navigation paths to joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.metadata.catalog import Catalog, Navigation, Table
from dataverse_emulator.query.model import ROOT, ColumnRef, Join, JoinKind
from odata_protocol.syntax import Alias, Expression, Literal, Path

NAMESPACE = "Microsoft.Dynamics.CRM."


def unknown_property(name: str, table: Table) -> EmulatorError:
    """E-10: the table has no property of that name."""
    return error("UnknownProperty", name=name, table=table.edm_type_name)


@dataclass(slots=True)
class Scope:
    """What names mean in one query: its table, the joins made so far, the range variable when inside a lambda.

    ``aliases`` is None where parameter aliases are not taken (the options of ``$expand``, contract 03 §1); ``outer`` is
    the scope around a lambda's."""

    table: Table
    catalog: Catalog
    aliases: Mapping[str, Expression] | None
    variable: str | None = None
    outer: Scope | None = None
    joins: dict[str, Join] = field(default_factory=dict)

    def expand_alias(self, expression: Expression) -> Expression:
        """What a parameter alias stands for; an alias without value is null."""
        for _ in range(20):
            if not isinstance(expression, Alias):
                return expression
            if self.aliases is None:
                raise error("NodeNotSupported", node="ParameterAlias")
            expression = self.aliases.get(expression.name, Literal(None, "Edm.Null"))
        raise error("BadQuerySyntax")

    def own_segments(self, path: Path) -> tuple[str, ...]:
        """The path without the range variable.

        Raises:
            EmulatorError: E-10 when a path inside a lambda does not start with its variable."""
        segments = path.segments
        if segments and segments[0] == "$it" and self.variable is None:
            segments = segments[1:]
        if self.variable is None:
            return segments
        if segments[0] != self.variable:
            raise unknown_property(segments[0], self.table)
        return segments[1:]

    def column(self, path: Path) -> ColumnRef:
        """The column that a path ends in.

        Raises:
            EmulatorError: E-10 for unknown names, E-44 for collections and for paths that end in a record.
        """
        segments = self.own_segments(path)
        if not segments:
            raise error("NodeNotSupported", node="EntityRangeVariableReference")
        source, table = self._follow(segments[:-1])
        name = segments[-1]
        column = table.properties.get(name)
        if column is None:
            if name in table.navigation:
                raise error("NodeNotSupported", node="SingleNavigationNode")
            raise unknown_property(name, table)
        if not column.is_stored:
            raise error("NodeNotSupported", node="SingleValueOpenPropertyAccess")
        return ColumnRef(column, source)

    def navigation(self, path: Path) -> tuple[Navigation, str] | None:
        """The navigation property that a path ends in with the source it starts from, or None for a column."""
        segments = self.own_segments(path)
        if not segments:
            return None
        source, table = self._follow(segments[:-1])
        navigation = table.navigation.get(segments[-1])
        if navigation is None or segments[-1] in table.properties:
            return None
        return navigation, source

    def _follow(self, segments: tuple[str, ...]) -> tuple[str, Table]:
        """Join along single-valued navigation properties; the last join's alias and table."""
        source, table = ROOT, self.table
        for segment in segments:
            if "." in segment:
                table = self._cast(segment, table)
                continue
            navigation = table.navigation.get(segment)
            if navigation is None:
                raise unknown_property(segment, table)
            if navigation.is_collection:
                raise error("NodeNotSupported", node="CollectionNavigationNode")
            alias = f"{source}/{segment}" if source else segment
            if alias not in self.joins:
                target = self.catalog.table(navigation.target)
                self.joins[alias] = Join(
                    alias,
                    target,
                    target.column(target.primary_id),
                    table.column(navigation.column),
                    source,
                    JoinKind.OUTER,
                )
            source, table = alias, self.joins[alias].table
        return source, table

    def _cast(self, segment: str, table: Table) -> Table:
        name = segment.removeprefix(NAMESPACE).removeprefix("mscrm.")
        if name != table.logical_name:
            raise error("NodeNotSupported", node="SingleResourceCast")
        return table
