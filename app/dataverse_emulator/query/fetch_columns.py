"""The columns of FetchXML results (contract 03 §10, §11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import Column, ColumnType, NavigationKind, Table
from dataverse_emulator.query.fetch_links import Sources
from dataverse_emulator.query.fetch_nodes import Fetch, FetchAttribute, FetchEntity, FetchLink
from dataverse_emulator.query.hierarchies import parent_column
from dataverse_emulator.query.model import ROOT, ColumnRef, Output, Query
from dataverse_emulator.query.outputs import add_companions, all_columns, with_labels
from dataverse_emulator.query.sql_names import label_column, labelled


@dataclass(slots=True)
class Columns:
    """The columns of ordinary rows: those of the entity, what comes along, then those of the links."""

    fetch: Fetch
    sources: Sources
    labels: bool

    def all(self) -> tuple[Output, ...]:
        """The outputs, in order.

        Raises:
            EmulatorError: E-60, E-72, E-74.
        """
        outputs = [
            *self._of_root(),
            *(output for alias, link in self.sources.entities for output in self._of(alias, link)),
        ]
        if self.labels:
            outputs += self._currencies(outputs)
            return with_labels(outputs)
        return tuple(outputs)

    def _of_root(self) -> list[Output]:
        entity, table = self.fetch.entity, self.sources.root
        columns: dict[str, Column] = {}
        others: list[Output] = []
        if entity.all_attributes or not (entity.attributes or entity.no_attributes):
            columns = dict(all_columns(table))
        for node in entity.attributes:
            column = self._column(node, table)
            if node.counts_children:
                others.append(self._children(node, table, ROOT))
            elif column is None:
                continue
            elif node.alias is None:
                stored = shown_column(column, table)
                columns.setdefault(stored.logical_name, stored)
            else:
                others.append(Output(ColumnRef(column), alias=node.alias))
        if not self.fetch.distinct:
            add_companions(table, columns)
        return [*(Output(ColumnRef(column)) for column in columns.values()), *others]

    def _of(self, alias: str, link: FetchLink) -> list[Output]:
        table = self.sources.tables[alias]
        prefix = "" if link.link_type == "matchfirstrowusingcrossapply" else f"{alias}."
        outputs: dict[str, Output] = {}
        if link.entity.all_attributes:
            for column in all_columns(table).values():
                if column.logical_name in table.columns:
                    name = prefix + column.logical_name
                    outputs[name] = Output(ColumnRef(column, alias), alias=name)
        for node in link.entity.attributes:
            found = self._column(node, table)
            if node.counts_children:
                outputs[str(node.alias)] = self._children(node, table, alias)
            elif found is not None:
                name = node.alias or prefix + shown_column(found, table).logical_name
                column = found if node.alias else shown_column(found, table)
                outputs[name] = Output(ColumnRef(column, alias), alias=name)
        return list(outputs.values())

    @staticmethod
    def _column(node: FetchAttribute, table: Table) -> Column | None:
        """The column of an attribute; None for one without a value of its own."""
        if node.aggregate is not None or node.groupby:
            raise error("InvalidAggregate")
        if node.dategrouping is not None:
            raise error("InvalidDateGrouping")
        column = table.column(node.name)
        return column if column.is_stored else label_column(table, node.name)

    def _children(self, node: FetchAttribute, table: Table, source: str) -> Output:
        """``rowaggregate``."""
        if node.alias is None:
            raise error("InvalidAlias")
        lookup = parent_column(table, self.sources.catalog)
        if lookup is None:
            raise error("NotHierarchical", table=table.logical_name)
        key = table.column(table.primary_id)
        return Output(ColumnRef(key, source), alias=node.alias, children=lookup.logical_name)

    def _currencies(self, outputs: list[Output]) -> list[Output]:
        """Formatted amounts need the currency of their row."""
        if self.fetch.distinct:
            return []
        hidden: list[Output] = []
        for source in dict.fromkeys(o.ref.source for o in outputs if o.ref.column.type is ColumnType.MONEY):
            currency = self.sources.tables[source].columns.get("transactioncurrencyid")
            if currency is None or not currency.is_stored:
                continue
            ref = ColumnRef(currency, source)
            if all(output.ref != ref for output in outputs):
                hidden.append(Output(ref, hidden=True))
        return hidden


def shown_column(column: Column, table: Table) -> Column:
    """Who asks for a label column gets the column whose value it shows: the label is its formatted value (inferred)."""
    return labelled(table, column) or column


def names_of(fetch: Fetch, query: Query) -> tuple[str, ...]:
    """The members of the result rows as the context URL lists them; none for all columns (01 §13, 03 §10, §14).

    A lookup that is asked for brings its navigation property along, unless it has one for each of several tables (no
    example is known).
    """
    if fetch.aggregate:
        nodes = [node for entity in _entities(fetch.entity) for node in entity.attributes]
        return tuple(node.alias or node.name for node in nodes)
    if fetch.entity.all_attributes or not (fetch.entity.attributes or fetch.entity.no_attributes):
        return ()
    named = {node.name for node in fetch.entity.attributes}
    names: list[str] = []
    navigation: list[str] = []
    lookups: list[str] = []
    for output in query.outputs:
        column = output.ref.column
        if output.ref.source != ROOT or output.label or output.hidden or output.alias:
            continue
        names.append(column.edm_name or column.logical_name)
        if column.logical_name == "transactioncurrencyid" and column.logical_name not in named:
            names.append(column.logical_name)
            lookups.append(f"{column.logical_name}()")
        elif column.is_lookup and len(properties := _navigation_of(query.table, column)) == 1:
            navigation += properties
            lookups.append(f"{properties[0]}()")
    return (*names, *navigation, *lookups)


def _navigation_of(table: Table, column: Column) -> list[str]:
    found = table.navigation.items()
    return [n for n, to in found if to.kind is NavigationKind.MANY_TO_ONE and to.column == column.logical_name]


def _entities(entity: FetchEntity) -> Iterator[FetchEntity]:
    yield entity
    for link in entity.links:
        yield from _entities(link.entity)
