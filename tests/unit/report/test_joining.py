"""The parts of a split run become one document; what cannot be put together is refused in a sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from plugin_matrix.errors import ReportError
from plugin_matrix.model import Results, Totals
from plugin_matrix.report import read_results, write_results
from plugin_matrix.report.joining import Part, joined


def part_of(results: Results, name: str, *, number: int, parts: int, **changes: Any) -> Part:
    cells = results.cells[number::parts]
    used = {cell.cell.engine for cell in cells}
    part = msgspec.structs.replace(
        results,
        **{
            "cells": cells,
            "engines": tuple(engine for engine in results.engines if engine in used),
            "totals": Totals.of(cells),
            **changes,
        },
    )
    return Part(name, part)


def test_the_parts_hold_what_the_whole_holds(small: Results, tmp_path: Path) -> None:
    parts = [part_of(small, f"part-{number}", number=number, parts=3) for number in range(3)]
    whole = joined(parts)
    assert {cell.id: cell for cell in whole.cells} == {cell.id: cell for cell in small.cells}
    assert (whole.totals, whole.plugins, whole.problems) == (small.totals, small.plugins, small.problems)
    assert set(whole.engines) == {cell.cell.engine for cell in small.cells}
    assert whole.seconds == pytest.approx(3 * small.seconds)
    write_results(whole, tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == whole


def test_cells_and_checks_of_one_plugin_go_together(small: Results, surface: Results) -> None:
    whole = joined([Part("run", small), Part("check", surface)])
    assert (whole.cells, whole.surface) == (small.cells, surface.surface)


def test_one_interrupted_part_leaves_the_whole_incomplete(small: Results) -> None:
    parts = [
        part_of(small, "a", number=0, parts=2, complete=False),
        part_of(small, "b", number=1, parts=2, complete=True),
    ]
    assert joined(parts).complete is False


def twice(small: Results) -> list[Part]:
    return [Part("a", small), Part("b", small)]


def overlapping(small: Results) -> list[Part]:
    return [Part("whole", small), part_of(small, "part", number=1, parts=3)]


def other_tool(small: Results) -> list[Part]:
    return [
        part_of(small, "a", number=0, parts=2),
        part_of(small, "b", number=1, parts=2, tool_version="9"),
    ]


def rebuilt(small: Results) -> list[Part]:
    plugins = tuple(msgspec.structs.replace(plugin, sha256="other") for plugin in small.plugins)
    return [
        part_of(small, "a", number=0, parts=2),
        part_of(small, "b", number=1, parts=2, plugins=plugins),
    ]


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        (twice, "a and b are the same results."),
        (overlapping, "whole and part both hold the cell "),
        (other_tool, "a is of plugin-matrix 0.1.0, b of 9"),
        (rebuilt, "has other contents in b than in a"),
    ],
)
def test_what_cannot_be_put_together_is_refused(
    small: Results, parts: Callable[[Results], list[Part]], what: str
) -> None:
    with pytest.raises(ReportError) as refused:
        joined(parts(small))
    assert what in refused.value.message
    assert refused.value.next_step


def test_a_check_that_two_parts_hold_is_refused(surface: Results) -> None:
    later = msgspec.structs.replace(surface, started="2027")
    with pytest.raises(ReportError, match=r"both hold the check of acme==1\.4"):
        joined([Part("a", surface), Part("b", later)])
