"""Choosing the sandbox of each platform: containers where an engine and the platform's image are there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from plugin_matrix.errors import ContainerEngineError, ImageMissingError, PluginMatrixError, SandboxError
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.sandbox import Command, Sandbox
from plugin_matrix.sandbox.process import ProcessSandbox

if TYPE_CHECKING:
    from plugin_matrix.run.contained import Containers


class Choice(StrEnum):
    """What the user asked for."""

    AUTO = "auto"
    CONTAINER = "container"
    PROCESS = "process"


class NoSandbox:
    """Stands where a platform's cells cannot be run at all; says why."""

    def __init__(self, why: PluginMatrixError) -> None:
        self._why = why

    def run(self, _: Command) -> NoReturn:
        """Raise what is in the way."""
        raise SandboxError(
            f"Only containers have this platform. {self._why.message}", next_step=self._why.next_step
        )

    def interrupt(self) -> None:
        """Do nothing: nothing runs."""


@contextmanager
def sandboxes(
    choice: Choice, platforms: Sequence[Platform], store: Path, tell: Callable[[str], None]
) -> Iterator[dict[Platform, Sandbox]]:
    """Give each platform its sandbox, and remove what they made at the end.

    With `auto`, a platform that cannot have containers gets the process sandbox, which is told to `tell`; one
    that is more than its Python is in images alone, and its cells then stay undetermined.
    Raises `ContainerEngineError` or `ImageMissingError` where containers were asked for and cannot be had.
    """
    chosen: dict[Platform, Sandbox] = {}
    with ExitStack() as stack:
        engine = None if choice is Choice.PROCESS else _engine(choice, stack, tell)
        process: ProcessSandbox | None = None
        for platform in platforms:
            trouble: SandboxError | None = engine if isinstance(engine, SandboxError) else None
            if engine is not None and not isinstance(engine, SandboxError):
                try:
                    contained = engine.sandbox(platform, store)
                except ImageMissingError as error:
                    if choice is Choice.CONTAINER:
                        raise
                    tell(f"NO CONTAINERS for {platform.id}: {error}")
                    trouble = error
                else:
                    stack.callback(contained.close)
                    chosen[platform] = contained
                    continue
            if trouble is not None and platform.accelerator is not Accelerator.CPU:
                chosen[platform] = NoSandbox(trouble)
                continue
            if process is None:
                process = ProcessSandbox(store / "scratch")
                stack.callback(process.close)
            chosen[platform] = process
        yield chosen


def _engine(
    choice: Choice, stack: ExitStack, tell: Callable[[str], None]
) -> "Containers | ContainerEngineError":
    """Return the container engine, or why there is none."""
    try:
        # Needs the extra `containers`, and says so.
        from plugin_matrix.run.contained import Containers  # noqa: PLC0415

        containers = Containers()
    except ContainerEngineError as error:
        if choice is Choice.CONTAINER:
            raise
        tell(f"NO CONTAINERS, cells run in the process sandbox: {error}")
        return error
    stack.callback(containers.close)
    return containers
