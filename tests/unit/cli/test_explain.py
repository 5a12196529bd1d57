"""`explain`: a rule by id or name, a finding by its id or by what reports show of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.report.decided import decided_results

from plugin_matrix.cli.main import group
from plugin_matrix.errors import ReportError, UsageError
from plugin_matrix.report import write_results
from plugin_matrix.report.told_findings import may_be_id
from plugin_matrix.rules import catalogue

RESULTS = decided_results()
NEW = next(one for one in RESULTS.decision.changes if one.rule == "PM904") if RESULTS.decision else None


def explained(*arguments: str) -> str:
    ended = CliRunner().invoke(group, ["explain", *arguments])
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.output


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    write_results(RESULTS, tmp_path / "reports" / "results.json")
    write_results(RESULTS, tmp_path / "other.json")
    return "other.json"


@pytest.mark.parametrize("name", ["PM605", "pm605", "repeat-raises"])
def test_a_rule_is_explained_by_its_id_and_its_name(name: str) -> None:
    assert explained(name).startswith("PM605 repeat-raises (error: breaks when loaded or called)")


def test_all_rules_are_listed() -> None:
    assert len(explained().splitlines()) == len(catalogue())


def test_an_unknown_rule_is_met_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="No rule is called 'PM6O5'") as refused:
        explained("PM6O5")
    assert "PM605" in refused.value.next_step


@pytest.mark.parametrize("digits", [16, 6])
def test_a_finding_is_explained_by_its_id_and_by_the_beginning_of_it(results: str, digits: int) -> None:
    assert NEW is not None
    for told in (
        explained(NEW.fingerprint[:digits].upper(), "--results", results),
        explained(NEW.fingerprint[:digits]),
    ):
        for part in (
            "PM904 import-initialises-accelerator (error) acme",
            "  plugin    acme==1.5\n",
            f"  id        {NEW.fingerprint}\n",
            "  vLLM      0.10.1\n",
            "  message   Importing wrote a file.\n",
            "  new       reference|cpu-py311: 0.10.1. The plugin's doing.",
            # And then what the rule means.
            "Ask for devices without a context",
        ):
            assert part in told, part


def test_a_finding_is_explained_by_rule_and_subject_of_either_tier(results: str) -> None:
    told = explained("PM202", "vllm.inputs.data", "--results", results)
    assert "  evidence  acme/data.py:3 vllm.inputs.data.PromptType\n" in told
    both = explained("pm902", "vllm.general_plugins:acme", "--results", results)
    assert [line for line in both.splitlines() if line.startswith("  plugin")] == [
        "  plugin    acme==1.4",
        "  plugin    acme==1.5",
    ]
    assert both.count("PM902 import-writes-files (warning: ") == 1


@pytest.mark.usefixtures("results")
def test_a_known_problem_is_told_with_its_reason() -> None:
    assert "  known     port under way: see <b>#12</b> | \N{SNOWMAN}; until" in explained("PM901", "acme")


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    "arguments", [("ffff0000",), ("PM202", "nothing"), ("PM202", "--results", "other.json")]
)
def test_what_the_results_do_not_have_is_said(arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=r"has no finding"):
        explained(*arguments)


def test_ids_need_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReportError, match=r"reports/results\.json cannot be read"):
        explained("ffff0000")


def test_no_rule_looks_like_an_id() -> None:
    assert not [name for rule in catalogue().values() for name in (rule.id, rule.name) if may_be_id(name)]


def test_ids_in_the_decision_are_those_that_explain_knows(results: str) -> None:
    document = json.loads(Path(results).read_bytes())
    ids = {one["fingerprint"] for one in document["decision"]["changes"] if one["status"] != "fixed"}
    assert ids
    assert all(f"id        {one}" in explained(one) for one in ids)
