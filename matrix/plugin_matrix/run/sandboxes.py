"""Choosing the sandbox of each platform: containers where an engine and the platform's image are there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, assert_never

from plugin_matrix.errors import (
    ContainerEngineError,
    DiskFullError,
    NoDeviceError,
    PluginMatrixError,
    SandboxError,
)
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.run.shelves import shelves
from plugin_matrix.run.venue import Sandboxes
from plugin_matrix.sandbox import Command, Sandbox
from plugin_matrix.sandbox.devices import machine_has_nvidia
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
        kind = DiskFullError if isinstance(self._why, DiskFullError) else SandboxError
        raise kind(f"Only containers have this platform. {self._why.message}", next_step=self._why.next_step)

    def interrupt(self) -> None:
        """Do nothing: nothing runs."""


class NoDevice:
    """Stands where a platform's accelerator is not there: none of its cells applies."""

    def __init__(self, why: NoDeviceError) -> None:
        self.why = why

    def run(self, _: Command) -> NoReturn:
        """Raise what is in the way."""
        raise self.why

    def interrupt(self) -> None:
        """Do nothing: nothing runs."""


def without_device(sandboxes: Sandboxes) -> dict[Platform, str]:
    """Return why the accelerator of a platform is not there, for those where it is not."""
    if not isinstance(sandboxes, Mapping):
        return {}
    return {platform: str(one.why) for platform, one in sandboxes.items() if isinstance(one, NoDevice)}


@contextmanager
def sandboxes(
    choice: Choice, platforms: Sequence[Platform], store: Path, tell: Callable[[str], None]
) -> Iterator[dict[Platform, Sandbox]]:
    """Give each platform its sandbox, and remove what they made at the end.

    With `auto`, a platform that cannot have containers gets the process sandbox, which is told to `tell`; one
    that is more than its Python is in images alone, and its cells then stay undetermined. The cells of one
    whose accelerator no cell can be given do not apply.
    Raises `SandboxError` or `DiskFullError` where containers were asked for and cannot be had.
    """
    chosen: dict[Platform, Sandbox] = {}
    with ExitStack() as stack:
        engine = None if choice is Choice.PROCESS else _engine(choice, stack, tell)
        process: ProcessSandbox | None = None
        for platform in platforms:
            trouble: PluginMatrixError | None = engine if isinstance(engine, SandboxError) else None
            absent = _absent_device(platform, engine)
            if absent is None and engine is not None and not isinstance(engine, SandboxError):
                try:
                    contained = engine.sandbox(platform, store)
                except NoDeviceError as error:
                    absent = error
                except (SandboxError, DiskFullError) as error:
                    if choice is Choice.CONTAINER:
                        raise
                    tell(f"NO CONTAINERS for {platform.id}: {error}")
                    trouble = error
                else:
                    stack.callback(contained.close)
                    chosen[platform] = contained
                    continue
            if absent is not None:
                tell(f"NO DEVICE for {platform.id}: {absent}")
                chosen[platform] = NoDevice(absent)
                continue
            if trouble is not None and platform.accelerator is not Accelerator.CPU:
                chosen[platform] = NoSandbox(trouble)
                continue
            if process is None:
                process = ProcessSandbox(store / "scratch", shelves=shelves(store))
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


def _absent_device(
    platform: Platform, engine: "Containers | ContainerEngineError | None"
) -> NoDeviceError | None:
    """Say why cells have no accelerator, where that is known without asking a container engine."""
    match platform.accelerator:
        case Accelerator.CPU | Accelerator.NPU_SIM:
            return None
        case Accelerator.ROCM:
            return NoDeviceError("This version of plugin-matrix gives AMD's devices to no cell.")
        case Accelerator.CUDA:
            if engine is None:
                return NoDeviceError("The process sandbox gives NVIDIA's devices to no cell; containers can.")
            if isinstance(engine, ContainerEngineError) and not machine_has_nvidia():
                return NoDeviceError("There is no NVIDIA device on this machine.")
            return None
        case _:
            assert_never(platform.accelerator)
