"""Each rule's example is true: what stands before breaks the rule, what stands after does not.

Of rules that are told from source; those told by running are in `tests/matrix/test_rule_examples.py`.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from tests.contract.docs.examples import ROOT

import plugin_matrix
from plugin_matrix.report.explain import Example, examples

BUILD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
PROJECT = '[project]\nname = "acme"\nversion = "1.0"\n'
REGISTER = "def register():\n    pass\n"


class Around(msgspec.Struct, frozen=True):
    """What an example leaves out and the plugin around it needs."""

    group: str = "general_plugins"
    value: str = "acme:register"
    ending: str = ""
    """Source after the example."""
    files: Mapping[str, str] = {}


AROUND = {
    "PM106": Around(
        files={
            "acme/__init__.py": "from vllm.v1.core.single_type_kv_cache_manager import spec_manager_map\n"
            + REGISTER
        }
    ),
    "PM109": Around(files={"vllm/contrib/acme.py": REGISTER}),
    "PM110": Around(files={"vllm/attention/layer.py": "", "vllm/__init__.py": ""}),
    "PM401": Around("logits_processors", "acme:AcmeProcessor"),
}
NOT_SHOWN = {
    "PM102": "told by running: a release that does not read the group is not judged from source",
    "PM113": "is about the tags of a wheel, which the build makes: tests/unit/rules/static_metadata",
    "PM402": "Platform has a dozen such members, and the example gives one: tests/unit/rules/static",
    "PM407": "no change of a real member was found that shows it: tests/unit/rules/static",
    "PM503": "no change of a real function was found that shows it: tests/unit/rules/static",
}
"""Rules whose pair is not run, and why."""
STATIC = [rule for rule in examples() if "PM100" < rule < "PM600"]
EXPECTED_BY_FIXTURES = {
    rule
    for path in (ROOT / "plugins_fixtures").glob("*/expect.toml")
    for rule in re.findall(r"PM\d{3}", path.read_text("utf-8"))
}


def lay_out(directory: Path, rule: str, example: Example, text: str) -> None:
    around = AROUND.get(rule, Around())
    source = "" if example.language == "toml" else f"{text}\n{around.ending}"
    source += "" if "def register" in source else f"\n\n{REGISTER}def platform():\n    return None\n"
    project = text if example.language == "toml" else ""
    stated = tomllib.loads(project)
    required = 'dependencies = ["vllm>=0.5"]\n' if "dependencies" not in stated.get("project", {}) else ""
    project = (
        project.replace("[project]\n", f"{PROJECT}{required}")
        if "[project]\n" in project
        else f"{PROJECT}{required}{project}"
    )
    if "entry-points" not in project:
        project += f'\n[project.entry-points."vllm.{around.group}"]\nacme = "{around.value}"\n'
    files = {"pyproject.toml": BUILD + project, "acme/__init__.py": source, **around.files}
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content, "utf-8")


def rules_of(directory: Path, example: Example) -> set[str]:
    results = plugin_matrix.check(directory, engines=example.on or (), store=directory / "store")
    assert not results.problems
    return {finding.rule for one in results.surface for finding in one.findings}


@pytest.mark.parametrize("rule", [rule for rule in STATIC if rule not in NOT_SHOWN])
def test_what_stands_before_breaks_the_rule_and_what_stands_after_does_not(rule: str, tmp_path: Path) -> None:
    example = examples()[rule]
    for name in ("before", "after"):
        lay_out(tmp_path / name, rule, example, getattr(example, name))
    assert rule in rules_of(tmp_path / "before", example)
    assert rule not in rules_of(tmp_path / "after", example)


def test_every_rule_has_an_example_that_is_run_a_fixture_or_a_reason() -> None:
    shown = {rule for rule in STATIC if rule not in NOT_SHOWN}
    left = set(plugin_matrix.catalogue()) - shown - EXPECTED_BY_FIXTURES - NOT_SHOWN.keys()
    assert left == set()
