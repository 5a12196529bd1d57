"""The command group, and how errors reach people."""

import sys
from collections.abc import Callable
from functools import wraps

import click
from rich.console import Console

from plugin_matrix.cli.engines import engines
from plugin_matrix.cli.explain import explain
from plugin_matrix.cli.report import report
from plugin_matrix.cli.run import run
from plugin_matrix.cli.store import store
from plugin_matrix.errors import ExitCode, PluginMatrixError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="vllm-plugin-matrix", prog_name="plugin-matrix")
def group() -> None:
    """Say, with evidence, which vLLM releases and platforms a vLLM plugin works with."""


for command in (run, report, engines, explain, store):
    group.add_command(command)


def reporting_errors(call: Callable[[], None]) -> Callable[[], None]:
    """Turn the project's errors into one sentence and the right exit code."""

    @wraps(call)
    def wrapped() -> None:
        stderr = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
        try:
            call()
        except PluginMatrixError as error:
            stderr.print(f"Error: {error.message}")
            if error.next_step:
                stderr.print(f"  {error.next_step}")
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            stderr.print("Interrupted.")
            sys.exit(ExitCode.INTERRUPTED)
        except BrokenPipeError:
            # The reader of a pipe has gone (`plugin-matrix ... | head`); nothing is left to say.
            sys.stderr.close()
            sys.exit(ExitCode.INTERRUPTED)

    return wrapped


@reporting_errors
def main() -> None:
    """Run the command line."""
    group(standalone_mode=True)
