"""The command group, and how errors reach people."""

import io
import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ClassVar, Never

import click

from plugin_matrix.cli.index_age import show_version
from plugin_matrix.cli.lazily import LazyGroup
from plugin_matrix.errors import ExitCode, PluginMatrixError


class _Group(LazyGroup):
    commands_at: ClassVar[Mapping[str, str]] = {
        "check": "plugin_matrix.cli.check:check",
        "check-engine": "plugin_matrix.cli.check_engine:check_engine",
        "run": "plugin_matrix.cli.run:run",
        "export": "plugin_matrix.cli.export:export",
        "plan": "plugin_matrix.cli.plan:plan",
        "report": "plugin_matrix.cli.report:report",
        "gate": "plugin_matrix.cli.gate:gate",
        "baseline": "plugin_matrix.cli.gate:baseline",
        "diff": "plugin_matrix.cli.gate:diff",
        "merge": "plugin_matrix.cli.merge:merge",
        "config": "plugin_matrix.cli.config:config",
        "engines": "plugin_matrix.cli.engines:engines",
        "explain": "plugin_matrix.cli.explain:explain",
        "completion": "plugin_matrix.cli.completion:completion",
        "store": "plugin_matrix.cli.store:store",
        "images": "plugin_matrix.cli.images:images",
        "doctor": "plugin_matrix.cli.doctor:doctor",
    }

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; click would turn an interrupt into exit code 1."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _print_error("Interrupted.")
            ctx.exit(ExitCode.INTERRUPTED)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=show_version,
    help="Show the version, the date of the surface index and the newest release it knows.",
)
def group() -> None:
    """Say, with evidence, which vLLM releases and platforms a vLLM plugin works with."""


def reporting_errors(call: Callable[[], None]) -> Callable[[], None]:
    """Turn the project's errors into one sentence and the right exit code."""

    @wraps(call)
    def wrapped() -> None:
        try:
            call()
        except PluginMatrixError as error:
            _print_error(f"Error: {error.message}")
            if error.next_step:
                _print_error(f"  {error.next_step}")
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            _print_error("Interrupted.")
            sys.exit(ExitCode.INTERRUPTED)
        except BrokenPipeError:
            # The reader of a pipe has gone (`plugin-matrix ... | head`); nothing is left to say.
            sys.stderr.close()
            sys.exit(ExitCode.INTERRUPTED)

    return wrapped


def _print_error(text: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - a tenth of a second that only errors need

    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(text)


@reporting_errors
def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # Where a terminal cannot show a character its escape is shown, and nothing ends with a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        group(standalone_mode=True)
    except SystemExit as ended:
        _leave(ended)


def _leave(ended: SystemExit) -> Never:
    """End the process; after `check` without taking apart what it has read, which costs a tenth of a second.

    Other commands have what has to be put in order at the end: containers, threads, locks.
    """
    if sys.argv[1:2] != ["check"] or threading.active_count() > 1 or not isinstance(ended.code, int):
        raise ended
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended.code)
