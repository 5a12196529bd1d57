"""Every rule is explained, with an example that is at least real code, and the pages are in step."""

import ast
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.report.explain import Example, examples, explain_rule
from plugin_matrix.report.rule_pages import FAMILIES, pages, write_pages
from plugin_matrix.rules import catalogue

PAGES = Path(__file__).parents[3] / "docs" / "rules"


def test_each_rule_has_one_example_and_each_example_a_rule() -> None:
    assert set(examples()) == set(catalogue())


@pytest.mark.parametrize("rule", sorted(examples()))
def test_examples_are_code_that_can_be_read(rule: str) -> None:
    example = examples()[rule]
    readers: dict[str, Callable[[str], object]] = {"python": ast.parse, "toml": tomllib.loads}
    read = readers[example.language]
    assert read(example.before) != read(example.after)
    assert example.before.strip() != example.after.strip()


def test_an_explanation_says_all_there_is() -> None:
    for rule in catalogue().values():
        text = " ".join(explain_rule(rule).split())
        for part in (rule.id, rule.name, rule.level.value, rule.summary, rule.effect, rule.hint, rule.source):
            assert " ".join(part.split()) in text
        assert " ".join(examples()[rule.id].after.split()) in text


def test_an_explanation_fits_a_terminal() -> None:
    for rule in catalogue().values():
        assert max(map(len, explain_rule(rule).splitlines())) <= 110


def test_the_pages_are_in_step_with_the_catalogue() -> None:
    renew = "renew them: python -m plugin_matrix.report.rule_pages docs/rules"
    texts = pages(catalogue())
    assert {path.name for path in PAGES.glob("*.md")} == set(texts), renew
    for name, text in texts.items():
        assert (PAGES / name).read_text(encoding="utf-8") == text, renew


def test_every_rule_stands_in_the_index_under_its_family() -> None:
    index = pages(catalogue())["index.md"]
    assert {rule[:3] for rule in catalogue()} <= set(FAMILIES)
    for rule in catalogue():
        assert index.count(f"]({rule}.md)") == 1
        assert index.index(f"## {rule[:3]}xx") < index.index(f"]({rule}.md)")


def test_pages_of_rules_that_are_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "PM999.md").touch()
    (tmp_path / "notes.md").touch()
    written = {path.name for path in write_pages(tmp_path)}
    assert {path.name for path in tmp_path.iterdir()} == {*written, "notes.md"}


def test_an_example_is_python_unless_it_says_otherwise() -> None:
    assert Example("a", "b").language == "python"
