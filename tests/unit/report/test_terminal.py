"""The terminal report: everything said once, in words, on any terminal."""

import io
import re
from collections.abc import Callable

import msgspec
import pytest
from rich.console import Console

from plugin_matrix.model import Compatible, Plugin, Results, Totals
from plugin_matrix.report import print_results


class Terminal(io.TextIOWrapper):
    """A terminal with an encoding."""

    def __init__(self, encoding: str = "utf-8", *, tty: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty

    def printed(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def printed(results: Results, terminal: Terminal, width: int = 100) -> str:
    print_results(results, Console(file=terminal, width=width, legacy_windows=False))
    return terminal.printed()


@pytest.mark.parametrize(
    ("name", "encoding", "width"), [("wide", "utf-8", 120), ("narrow", "utf-8", 60), ("ascii", "ascii", 120)]
)
def test_the_report_is_as_it_was(
    small: Results, golden: Callable[[str, str], None], name: str, encoding: str, width: int
) -> None:
    golden(f"terminal-{name}.txt", printed(small, Terminal(encoding), width))


def test_totals_on_the_last_line_add_up(small: Results, large: Results) -> None:
    for results in (small, large):
        last = printed(results, Terminal()).rstrip("\n").splitlines()[-1]
        cells, *verdicts = map(int, re.findall(r"\d+", last.split(";")[0]))
        assert cells == sum(verdicts) == len(results.cells)
        assert verdicts == [
            results.totals.compatible,
            results.totals.incompatible,
            results.totals.undetermined,
            results.totals.not_applicable,
        ]


def test_a_terminal_gets_colour_and_nothing_else_does(
    small: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b[" in printed(small, Terminal(tty=True))
    assert "\x1b" not in printed(small, Terminal(tty=False))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[\d;]*3\d", printed(small, Terminal(tty=True)))


def test_every_verdict_is_a_word(small: Results) -> None:
    text = printed(small, Terminal(), 200)
    for word in (
        "✓ compatible",
        "✗ incompatible",
        "? undetermined",
        "\N{EN DASH} not applicable",
        "· not run",
    ):
        assert word in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_width_is_kept(small: Results, large: Results, width: int) -> None:
    for results in (small, large):
        *lines, _totals = printed(results, Terminal(), width).rstrip("\n").splitlines()
        assert max(map(len, lines)) <= width


def test_a_matrix_too_wide_becomes_ranges(small: Results) -> None:
    assert "0.6.6-0.10.1\n" not in printed(small, Terminal(), 200)
    for width in (60, 80):
        assert "✗ incompatible     0.6.6-0.10.1" in printed(small, Terminal(), width)


def test_nothing_is_cut_off_a_narrow_terminal(small: Results, large: Results) -> None:
    for results in (small, large):
        assert "\N{HORIZONTAL ELLIPSIS}" not in printed(results, Terminal(), 40)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "iso8859-1"])
def test_text_of_plugins_is_harmless(hostile: Results, encoding: str) -> None:
    text = printed(hostile, Terminal(encoding, tty=False), 1000)
    assert "[bold red]" in text
    assert r"\x1b[2J\x00\x07\r\x9b\u202egnp\u2066\u200b" in text
    assert set(re.findall(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]", text)) == {"\n"}
    if encoding != "utf-8":
        assert text.isascii()


def test_a_plugin_cannot_write_more_than_its_share(build: Callable[..., Results], small: Results) -> None:
    cell = next(result for result in small.cells if result.findings)
    endless = msgspec.structs.replace(cell.findings[0], message="x" * 4_000)
    flooded = msgspec.structs.replace(cell, verdict=Compatible((endless,)))
    plugins: tuple[Plugin, ...] = small.plugins
    text = printed(build(plugins, (flooded,)), Terminal(), 200)
    assert "[... 3400 more characters]" in text
    assert text.count("x" * 100) < 10


def test_notes_are_told_once(small: Results) -> None:
    assert printed(small, Terminal()).count("torch is not installed for this Python") == 1
    assert "torch is not installed for this Python (5 cells)" in printed(small, Terminal())


def test_nothing_run_is_said(build: Callable[..., Results]) -> None:
    text = printed(build((), ()), Terminal())
    assert (
        text.splitlines()[0] == "0 plugins on 5 engines (reference) and 1 platform, vllm-plugin-matrix 0.1.0"
    )
    assert text.splitlines()[-1].startswith("0 cells: 0 compatible")
    assert Totals.of(()).cells == 0
