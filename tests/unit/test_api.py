"""The public interface of the package: it is what the docs list, does what the commands do, and is cheap."""

import inspect
import json
import re
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

import plugin_matrix
from plugin_matrix.cli.main import group
from plugin_matrix.errors import BaselineError, UnknownEngineError, UsageError

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api.md"
GOOD = ROOT / "plugins_fixtures" / "general-no-op"
BROKEN = ROOT / "plugins_fixtures" / "vllm-module-moved"
FUNCTIONS = [name for name in plugin_matrix.__all__ if inspect.isfunction(getattr(plugin_matrix, name))]


def loaded_by(script: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {script}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def timeless(document: Any) -> Any:
    match document:
        case dict():
            return {
                key: timeless(value) for key, value in document.items() if key not in {"seconds", "started"}
            }
        case list():
            return [timeless(value) for value in document]
        case _:
            return document


def test_the_page_lists_exactly_what_is_public() -> None:
    listed = re.findall(r"^::: plugin_matrix\.(\w+)$", PAGE.read_text(), re.MULTILINE)
    assert sorted(listed) == plugin_matrix.__all__


def test_whatever_is_public_is_there_typed_and_explained() -> None:
    for name in plugin_matrix.__all__:
        thing = getattr(plugin_matrix, name)
        assert inspect.getdoc(thing), name
    for name in FUNCTIONS:
        signature = inspect.signature(getattr(plugin_matrix, name))
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(one.annotation is not inspect.Parameter.empty for one in signature.parameters.values()), (
            name
        )
        explained = inspect.getdoc(getattr(plugin_matrix, name)) or ""
        if len(signature.parameters) > 2:
            assert set(re.findall(r"^    (\w+):", explained, re.MULTILINE)) >= set(signature.parameters), name


def test_nothing_else_is_given_away() -> None:
    assert set(plugin_matrix.__all__) <= set(dir(plugin_matrix))
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = plugin_matrix.no_such_thing  # type: ignore[attr-defined]


def test_no_public_name_is_that_of_a_module_which_would_hide_it() -> None:
    modules = {path.stem for path in (ROOT / "matrix" / "plugin_matrix").iterdir()}
    assert not modules & set(plugin_matrix.__all__)


def test_importing_the_package_imports_nothing_else() -> None:
    assert not loaded_by("import plugin_matrix") - loaded_by("import importlib, typing") - {"plugin_matrix"}


def test_checking_waits_for_no_library_that_running_needs() -> None:
    loaded = loaded_by(
        "import plugin_matrix; plugin_matrix.check; plugin_matrix.decide; plugin_matrix.Results"
    )
    assert not {"docker", "httpx", "jinja2", "psutil", "rich", "unearth", "uv"} & loaded


@pytest.mark.parametrize("plugin", [GOOD, BROKEN], ids=lambda plugin: plugin.name)
def test_check_and_decide_answer_as_the_command_does(tmp_path: Path, plugin: Path) -> None:
    results = plugin_matrix.check(plugin, engines=">=0.20", store=tmp_path)
    arguments = ["check", str(plugin), "--engines", ">=0.20", "--json", "--store", str(tmp_path)]
    told = CliRunner().invoke(group, arguments)
    decision = plugin_matrix.decide(results)
    assert decision.exit_code == told.exit_code == (plugin is BROKEN)
    mine = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(results, decision=decision)))
    assert timeless(mine) == timeless(json.loads(told.stdout))


def test_results_are_written_read_and_rendered(tmp_path: Path) -> None:
    results = plugin_matrix.check(BROKEN, since="0.30.0", store=tmp_path)
    file = tmp_path / "results.json"
    plugin_matrix.write_results(results, file)
    assert plugin_matrix.read_results(file) == results
    assert json.loads(plugin_matrix.render(results, "sarif"))["version"] == "2.1.0"
    with pytest.raises(UsageError, match="pdf"):
        plugin_matrix.render(results, "pdf")


def test_a_plugin_that_cannot_be_read_is_a_problem_of_the_results(tmp_path: Path) -> None:
    results = plugin_matrix.check(tmp_path / "absent", GOOD, engines="latest", store=tmp_path)
    assert [Path(problem.source).name for problem in results.problems] == ["absent"]
    assert len(results.surface) == 1


def test_what_cannot_be_asked_raises_the_one_documented_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        plugin_matrix.check()
    with pytest.raises(UsageError):
        plugin_matrix.run_matrix()
    with pytest.raises(UnknownEngineError):
        plugin_matrix.check(GOOD, engines=["9.9.9"], store=tmp_path)
    results = plugin_matrix.check(GOOD, engines="latest", store=tmp_path)
    with pytest.raises(UsageError, match="baseline"):
        plugin_matrix.decide(results, gate="new")
    with pytest.raises(BaselineError):
        plugin_matrix.decide(results, baseline=tmp_path / "absent.json")
    assert all(issubclass(one, plugin_matrix.PluginMatrixError) for one in (UsageError, BaselineError))


def test_run_matrix_has_a_result_for_each_cell(store: Path) -> None:
    results = plugin_matrix.run_matrix(GOOD, engines=["0.32.0", "latest"], sandbox="process", store=store)
    assert [type(cell.verdict) for cell in results.cells] == [plugin_matrix.Compatible] * 2
    assert plugin_matrix.decide(results).exit_code == plugin_matrix.ExitCode.COMPATIBLE


def test_rules_are_there_by_id() -> None:
    assert plugin_matrix.catalogue()["PM605"].level is plugin_matrix.Level.ERROR


def test_types_resolve() -> None:
    for name in FUNCTIONS:
        assert typing.get_type_hints(getattr(plugin_matrix, name))
