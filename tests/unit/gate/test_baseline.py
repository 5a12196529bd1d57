"""Baseline files come back as written, keep what an update does not touch, and are refused with reasons."""

from pathlib import Path

import pytest

from plugin_matrix.errors import BaselineError, ExitCode
from plugin_matrix.gate import Policy
from plugin_matrix.gate.baseline import encode, read_baseline, updated
from plugin_matrix.gate.ledger import Edition, editions_of
from plugin_matrix.gate.turning import turned_red
from plugin_matrix.model import GateMode, Level, Results

from .short_results import WHERE, check_results, checked, run_results, surface_finding

RUN = run_results({"acme==1.0": {"0.9.0": "a! b?", "0.10.0": "a?", "0.11.0": "undetermined c!"}})
CHECK = check_results(
    checked(
        surface_finding("0.32.0", subject="s"),
        surface_finding("0.33.0", subject="s", level=Level.WARNING),
    )
)


def stands(editions: tuple[Edition, ...]) -> dict[tuple[str, str, str], set[tuple[str, str]]]:
    return {
        (edition.id, *place): {(one.subject, one.level.value) for one in square.found.values()}
        for edition in editions
        for place, square in edition.squares.items()
    }


def test_a_baseline_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = updated(editions_of(RUN), editions_of(CHECK))
    path = tmp_path / "b.json"
    path.write_bytes(encode(written))
    read = read_baseline(path)
    assert stands(read) == stands(written)
    assert [square.decided for edition in read for square in edition.squares.values()].count(False) == 1
    assert [edition.digests for edition in read] == [edition.digests for edition in written]
    assert encode(read) == path.read_bytes()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (run_results({"acme==1.1": {"0.11.0": "z!"}}), {("acme==1.1", WHERE, "0.11.0")}),
        (run_results({"acme==1.0": {"0.11.0": ""}}), {("acme==1.0", WHERE, "0.11.0")}),
        (
            run_results({"other==1.0": {"0.11.0": ""}}),
            {("other==1.0", WHERE, "0.11.0")}
            | {("acme==1.0", WHERE, f"0.{minor}.0") for minor in (9, 10, 11)},
        ),
    ],
)
def test_an_update_replaces_what_was_judged_again_and_keeps_the_rest(
    now: Results, expected: set[tuple[str, str, str]]
) -> None:
    before = updated(editions_of(RUN), editions_of(CHECK))
    source = {("acme==1.0", "source", release) for release in ("0.32.0", "0.33.0")}
    assert stands(updated(before, editions_of(now))).keys() == expected | source


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read: no such file"),
        (b"", "is no baseline"),
        (b'{"schema_version": 1, "plug', "is no baseline"),
        (b'{"schema_version": 9, "shape": "new"}', "has schema_version 9; this plugin-matrix reads 1"),
        (b'{"schema_version": 1, "tool_version": "0", "plugins": [], "more": 1}', "is no baseline"),
        (
            (
                b'{"schema_version": 1, "tool_version": "0", "plugins":'
                b'[{"name": "a", "version": "1", "sha256": {}, "judged": {"source": ["newest"]}}]}'
            ),
            "is no baseline",
        ),
        (b"\xff", "is no baseline"),
    ],
)
def test_what_is_no_baseline_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes | None, what: str
) -> None:
    path = tmp_path / "b.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BaselineError, match=what) as refused:
        read_baseline(path)
    assert refused.value.exit_code is ExitCode.USAGE
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("before", "now", "red"),
    [
        ({"acme==1.0": {"0.10.0": ""}}, "a!", True),
        ({"acme==1.0": {"0.10.0": "a!"}}, "a!", False),
        ({"acme==1.0": {"0.10.0": "a?"}}, "a!", True),
        ({"acme==1.0": {"0.10.0": "a!"}}, "a! b!", True),
        ({"acme==1.0": {"0.10.0": ""}}, "a?", False),
        ({"acme==1.0": {"0.10.0": ""}}, "", False),
        ({"acme==1.0": {"0.9.0": ""}}, "a!", True),
        ({"other==1.0": {"0.10.0": ""}}, "a!", False),
    ],
)
def test_a_cell_turned_red_when_it_has_what_the_baseline_of_its_plugin_has_not(
    before: dict[str, dict[str, str]],
    now: str,
    red: bool,  # noqa: FBT001 - a column
) -> None:
    policy = Policy(mode=GateMode.NEW, baseline=editions_of(run_results(before)))
    (cell,) = run_results({"Acme==1.1": {"0.10.0": now}}).cells
    assert turned_red(policy)(cell) is red
