"""The examples of README and docs/ do what the pages say, or say why they are not run."""

from pathlib import Path

import pytest
from tests.contract.docs.examples import MARKED, ROOT, Example, Terminal, commands, examples, fits, pages

EXAMPLES = [example for page in pages() for example in examples(page)]
PLAYED = sorted({one.page for one in EXAMPLES if "run" in one.marks})


@pytest.mark.parametrize("page", PLAYED)
def test_the_examples_of_a_page_do_what_it_shows(page: str, tmp_path: Path, store: Path) -> None:
    directory = tmp_path / "acme"
    directory.mkdir()
    terminal = Terminal(directory, store)
    for example in (one for one in EXAMPLES if one.page == page):
        wrong = terminal.play(example)
        assert not wrong, f"{example.place}: " + "\n".join(wrong)


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.language in MARKED], ids=lambda one: one.place
)
def test_every_example_is_run_or_says_why_not(example: Example) -> None:
    stated = example.marks.keys() & {"run", "not run", "file"}
    assert stated, "put `<!-- run -->` or `<!-- not run: why -->` before the block"
    assert "not run" not in example.marks or len(example.marks["not run"]) > len("why")


def test_examples_are_found() -> None:
    assert len(PLAYED) > 3
    assert ROOT / "README.md" in pages()


@pytest.mark.parametrize(
    ("shown", "printed", "fit"),
    [
        ("one\n", "one\n", True),
        ("one\n", "one  \n\n", True),
        ("one\n", "two\n", False),
        ("one\n", "one\ntwo\n", False),
        ("one\n...\n", "one\ntwo\nthree\n", True),
        ("in ... s\n", "in 0.3 s\n", True),
        ("a.c\n", "abc\n", False),
    ],
)
def test_what_is_shown_is_compared_with_what_is_printed(shown: str, printed: str, *, fit: bool) -> None:
    assert fits(shown, printed) is fit


def test_a_command_is_followed_by_what_it_prints() -> None:
    found = commands("$ echo a \\\n    b\na b\n\n$ true\n")
    assert [(one.line, one.shown) for one in found] == [("echo a     b", "a b\n"), ("true", None)]


def test_an_example_that_lies_is_told(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, tmp_path)
    lying = Example("page.md", 1, "console", "$ echo one\ntwo\n$ exit 3\n", {"run": ""})
    assert len(terminal.play(lying)) == 2
    assert (
        terminal.play(Example("page.md", 1, "console", "$ echo one\none\n$ exit 3\n", {"run": "exit 3"}))
        == []
    )
    assert terminal.play(Example("page.md", 1, "python", "raise SystemExit(1)", {"run": "exit 1"})) == []
