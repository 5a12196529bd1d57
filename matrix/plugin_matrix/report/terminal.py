"""The report on a terminal: a table of the matrix, every root cause once, totals that add up.

Colour only repeats what symbol and word say. Where no more than ASCII can be shown everything
is written in ASCII; off a terminal and with `NO_COLOR` rich writes no colour.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from plugin_matrix.model import CellResult, Engine, Platform, Results, Rule
from plugin_matrix.report.cause_rows import cause_rows
from plugin_matrix.report.causes import (
    RootCause,
    Undecided,
    by_plugin,
    not_applicable,
    resting_on_stand_ins,
    root_causes,
    undetermined,
)
from plugin_matrix.report.marks import LEVEL_STYLES, VERDICT_MARKS, Mark, counts, mark, plural
from plugin_matrix.report.merging import merged_but_release, without_release
from plugin_matrix.report.ranges import Axis, ranges
from plugin_matrix.report.visible import ascii_only, line, shorten

_SHOWN_CHARACTERS = 600
_UNBOUNDED = 100_000

_Marks = Mapping[Engine, Mark]


class _Printer(NamedTuple):
    console: Console
    results: Results
    axis: Axis
    rules: Mapping[str, Rule]

    @property
    def ascii(self) -> bool:
        return self.console.options.ascii_only

    def text(self, text: str, style: str = "") -> Text:
        """Return foreign text as it can be shown here; it is never parsed as markup."""
        seen = line(shorten(text, _SHOWN_CHARACTERS))
        return Text(ascii_only(seen) if self.ascii else seen, style=style, overflow="fold")

    def mark(self, shown: Mark) -> Text:
        return Text(f"{self.symbol(shown)} {shown.word}", style=shown.style)

    def hanging(self, prefix: str, text: Text) -> None:
        """Print `text` behind `prefix`, further lines indented as far."""
        for place, part in enumerate(text.wrap(self.console, max(self.console.width - len(prefix), 1))):
            part.rstrip()
            self.console.print(Text(" " * len(prefix) if place else prefix, style="dim"), part, sep="")

    def symbol(self, shown: Mark) -> str:
        return shown.ascii_symbol if self.ascii else shown.symbol


def print_results(results: Results, console: Console, rules: Mapping[str, Rule]) -> None:
    """Print `results`; `rules` is the catalogue, for the rules' names."""
    printer = _Printer(console, results, Axis(results), rules)
    cells = by_plugin(results)
    printer.console.print(printer.text(_headline(results)))
    for platform in results.platforms if cells else ():
        _print_table(printer, platform, cells)
    for plugin in results.plugins:
        causes = root_causes(plugin, cells[plugin.id], printer.axis)
        if causes:
            console.print()
            console.print(printer.text(plugin.id, "bold"))
        for cause in causes:
            _print_cause(printer, cause)
    _print_stand_ins(printer, cells)
    _print_undecided(printer, Mark.UNDETERMINED, undetermined, cells)
    _print_undecided(printer, Mark.NOT_APPLICABLE, not_applicable, cells)
    _print_notes(printer)
    _print_problems(printer)
    _print_totals(printer)


def _headline(results: Results) -> str:
    kinds = " and ".join(sorted({engine.kind.value for engine in results.engines}))
    plugins, platforms = plural(len(results.plugins), "plugin"), plural(len(results.platforms), "platform")
    engines = f"{plural(len(results.engines), 'engine')} ({kinds})"
    return f"{plugins} on {engines} and {platforms}, vllm-plugin-matrix {results.tool_version}"


def _print_table(printer: _Printer, platform: Platform, cells: Mapping[str, list[CellResult]]) -> None:
    rows = {
        plugin: {
            result.cell.engine: mark(result.verdict) for result in some if result.cell.platform == platform
        }
        for plugin, some in cells.items()
    }
    table = _grid(printer, platform, rows)
    unbounded = printer.console.options.update_width(_UNBOUNDED)
    if printer.console.measure(table, options=unbounded).maximum > printer.console.width:
        table = _range_table(printer, platform, rows)
    printer.console.print()
    printer.console.print(table)


def _grid(printer: _Printer, platform: Platform, rows: Mapping[str, _Marks]) -> Table:
    """Return a table with one column for each engine."""
    table = _table(platform)
    for engine in printer.axis.engines:
        table.add_column(Text(printer.axis.name(engine)))
    for plugin, marks in rows.items():
        shown = (printer.mark(marks.get(engine, Mark.NOT_RUN)) for engine in printer.axis.engines)
        table.add_row(printer.text(plugin), *shown)
    return table


def _range_table(printer: _Printer, platform: Platform, rows: Mapping[str, _Marks]) -> Table:
    """Return a table with one row for each verdict of a plugin: the narrow form of the grid."""
    table = _table(platform)
    table.add_column("verdict", no_wrap=True)
    table.add_column("vLLM", overflow="fold")
    for plugin, marks in rows.items():
        engines_of: dict[Mark, list[Engine]] = defaultdict(list)
        for engine in printer.axis.engines:
            engines_of[marks.get(engine, Mark.NOT_RUN)].append(engine)
        names: Iterator[Text | str] = chain([printer.text(plugin)], repeat(""))
        for shown in sorted(engines_of, key=list(Mark).index):
            where = ranges(engines_of[shown], printer.axis.engines)
            table.add_row(next(names), printer.mark(shown), where)
    return table


def _table(platform: Platform) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column(Text(f"plugin on {platform.id}"), overflow="fold")
    return table


def _print_cause(printer: _Printer, cause: RootCause) -> None:
    rule = printer.rules.get(cause.rule)
    title = Text.assemble(
        printer.text(cause.rule, LEVEL_STYLES[cause.level]),
        f" {rule.name}" if rule else "",
        (f" ({cause.level.value}) ", LEVEL_STYLES[cause.level]),
        printer.text(cause.subject, "bold"),
    )
    printer.hanging("  ", title)
    for name, text in cause_rows(cause):
        printer.hanging(f"    {name:<9}", printer.text(text))


def _print_stand_ins(printer: _Printer, cells: Mapping[str, list[CellResult]]) -> None:
    rows = [
        f"{plugin} on vLLM {where}, {text}"
        for plugin, results in cells.items()
        for text, where in resting_on_stand_ins(results, printer.axis)
    ]
    if rows:
        printer.console.print()
        printer.console.print("verdicts that rest on stand-ins for absent modules")
    for row in rows:
        printer.hanging("  ", printer.text(row))


def _print_undecided(
    printer: _Printer,
    shown: Mark,
    decide: Callable[[Iterable[CellResult], Axis], tuple[Undecided, ...]],
    cells: Mapping[str, list[CellResult]],
) -> None:
    plugins: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for plugin, results in cells.items():
        for undecided in decide(results, printer.axis):
            plugins[undecided.kind, undecided.detail].append((plugin, undecided.where))
    if not plugins:
        return
    printer.console.print()
    printer.console.print(printer.mark(shown))
    for (kind, detail), places in plugins.items():
        printer.hanging("  ", printer.text(f"{kind}: {detail}" if detail else kind))
        for plugin, where in places:
            printer.hanging("    ", printer.text(f"{plugin} on vLLM {where}"))


def _print_notes(printer: _Printer) -> None:
    notes = merged_but_release(
        ((result.cell, note) for result in printer.results.cells for note in result.notes), without_release
    )
    if notes:
        printer.console.print()
        printer.console.print("notes")
    for note, cells in notes.items():
        printer.hanging("  ", printer.text(f"{note} ({plural(len(cells), 'cell')})"))


def _print_problems(printer: _Printer) -> None:
    if printer.results.problems:
        printer.console.print()
        printer.console.print(Text("plugins that could not be opened", style="bold red"))
    for problem in printer.results.problems:
        printer.hanging("  ", printer.text(f"{problem.source}: {problem.message}"))


def _print_totals(printer: _Printer) -> None:
    results = printer.results
    printer.console.print()
    if not results.complete:
        printer.console.print(
            Text("The run was interrupted; these are the cells done before.", style="yellow")
        )
    numbers = counts(results.totals)
    parts = [
        Text(f"{numbers[shown]} {shown.word}", style=shown.style if numbers[shown] else "dim")
        for shown in VERDICT_MARKS
    ]
    problems = f"; {plural(len(results.problems), 'plugin')} not opened" if results.problems else ""
    printer.console.print(
        Text.assemble(
            f"{plural(results.totals.cells, 'cell')}: ",
            Text(", ").join(parts),
            f"{problems}; {results.seconds:.1f} s",
        ),
        soft_wrap=True,
    )
