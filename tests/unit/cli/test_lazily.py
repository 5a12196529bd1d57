"""Commands are imported when they are asked for, and `check` waits for nothing it does not need."""

import importlib
import subprocess
import sys
from collections.abc import Mapping
from typing import ClassVar

import click
import pytest
from click.testing import CliRunner

from plugin_matrix.cli.lazily import LazyGroup
from plugin_matrix.cli.main import group

HEAVY = {
    "docker",
    "httpx",
    "jinja2",
    "jsonschema",
    "junitparser",
    "rich",
    "unearth",
    "uv",
    "filelock",
    "asyncio",
}


class _Two(LazyGroup):
    commands_at: ClassVar[Mapping[str, str]] = {
        "explain": "plugin_matrix.cli.explain:explain",
        "broken": "plugin_matrix.cli.lazily:LazyGroup",
    }


def test_every_command_of_the_table_is_there_and_says_what_it_does() -> None:
    assert isinstance(group, LazyGroup)
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str()


def test_a_command_is_imported_when_it_is_asked_for() -> None:
    two = _Two("two")
    context = click.Context(two)
    assert two.list_commands(context) == ["explain", "broken"]
    found = two.get_command(context, "explain")
    assert found is importlib.import_module("plugin_matrix.cli.explain").explain
    assert two.get_command(context, "absent") is None
    with pytest.raises(TypeError, match="LazyGroup"):
        two.get_command(context, "broken")


def test_an_unknown_command_is_a_usage_error() -> None:
    ended = CliRunner().invoke(group, ["chekc"])
    assert ended.exit_code == 2
    assert "chekc" in ended.output


@pytest.mark.parametrize("module", ["plugin_matrix.cli.main", "plugin_matrix.cli.check"])
def test_checking_a_directory_waits_for_no_library_that_other_work_needs(module: str) -> None:
    script = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(loaded.split())
