"""The formats, where their files belong, and how they are filled in."""

import tomllib
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import Any

import jinja2

from plugin_matrix.export.project import DEFAULT_PYTHON, Project
from plugin_matrix.run.sharding import Shard

_FILES = {
    "github": ".github/workflows/plugin-matrix.yml",
    "gitlab": ".gitlab/plugin-matrix.yml",
    "tox": "tox.toml",
    "nox": "noxfile.py",
}
FORMATS = tuple(_FILES)


def place_of(format_name: str) -> str:
    """Return where a file of this format belongs in a project."""
    return _FILES[format_name]


def exported(format_name: str, project: Project, *, shards: int = 1) -> str:
    """Return the file of a format for `project`, whose cells are split into `shards` for each platform."""
    return _filled(
        format_name,
        project=project,
        reusable=False,
        shards=shards,
        parts=[str(Shard(index, shards)) for index in range(1, shards + 1)],
        tool_python=DEFAULT_PYTHON,
    )


def reusable_workflow() -> str:
    """Return the workflow that this repository offers for others to call."""
    return _filled("github", reusable=True)


def _filled(format_name: str, **values: Any) -> str:
    requirement = f"vllm-plugin-matrix=={version('vllm-plugin-matrix')}"
    return _templates().get_template(f"{format_name}.j2").render(requirement=requirement, **values)


def pinned(name: str) -> str:
    """Return an action by commit, with its tag as a comment."""
    action = _actions()[name]
    return f"{action['uses']}@{action['commit']} # {action['tag']}"


@cache
def _actions() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("actions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _templates() -> jinja2.Environment:
    # GitHub's expressions and shell have braces of their own.
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("plugin_matrix.export"),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - what is filled in are names and versions that were validated
    )
    environment.globals["pinned"] = pinned
    return environment
