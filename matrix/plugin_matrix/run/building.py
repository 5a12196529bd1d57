"""Build backends in the sandbox: no network, nothing writable but a scratch, bounded in everything."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from plugin_matrix.model import Isolation
from plugin_matrix.plugins.backend import BuildDone, BuildTask
from plugin_matrix.sandbox import Command, End, Execution, Limits, Sandbox

LIMITS = Limits(
    wall_seconds=600,
    file_bytes=512 * 1024**2,
    scratch_bytes=1024**3,
    result_bytes=512 * 1024**2,
)
_SAID = 1_500
_NAME_BYTES = 1_000_000
_PROGRAM = Path(__file__).with_name("backend_process.py")
_ENDS = {
    End.WALL_TIME: "was not done in time.",
    End.MEMORY: "used too much memory.",
    End.OUTPUT: "printed without bound.",
    End.PROCESSES: "started processes without bound.",
    End.INTERRUPTED: "was interrupted.",
}


class _Told(msgspec.Struct, frozen=True):
    name: str = ""
    needs: tuple[str, ...] = ()


class SandboxedBackend:
    """Runs backends in a sandbox that `make` makes when it is first needed; safe in several threads."""

    def __init__(self, make: Callable[[], Sandbox], limits: Limits = LIMITS) -> None:
        self._make = make
        self._limits = limits
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self.isolation: Isolation | None = None
        """How the last backend was locked in; None when none was run."""

    def __call__(self, task: BuildTask) -> BuildDone:
        """Run a backend; raises `SandboxError` when the machine, not the backend, is at fault."""
        with self._lock:
            self._sandbox = sandbox = self._sandbox or self._make()
        execution = sandbox.run(_command(task, self._limits))
        self.isolation = execution.isolation
        return _done(execution)

    def interrupt(self) -> None:
        """End backends under way."""
        with self._lock:
            if self._sandbox is not None:
                self._sandbox.interrupt()


def _command(task: BuildTask, limits: Limits) -> Command:
    told = {
        "name": task.tree.name,
        "tree": str(task.tree),
        "requirements": str(task.requirements),
        "backend": task.system.build_backend,
        "backend_path": task.system.backend_path,
        "complete": task.complete,
    }
    python = Path(sys.executable).resolve()
    repository = (task.repository,) if task.repository is not None else ()
    prefix = Path(sys.base_prefix).resolve()
    return Command(
        argv=(str(python), "-I", "-S", "{scratch}/build.py", "{scratch}/task.json", "{result}"),
        environment={
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_OPTIONAL_LOCKS": "0",
            "HOME": "{scratch}/tmp",
            "LANG": "C.UTF-8",
            "PATH": f"{task.requirements / 'bin'}:{python.parent}:{os.defpath}:/usr/local/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(task.requirements),
            "TMPDIR": "{scratch}/tmp",
        },
        files={"build.py": _PROGRAM.read_bytes(), "task.json": msgspec.json.encode(told)},
        read_only=(
            *(() if prefix in (Path("/"), Path("/usr")) else (prefix,)),
            *(task.tree, task.requirements),
            *repository,
        ),
        limits=limits,
    )


def _done(execution: Execution) -> BuildDone:
    """Return what a backend left; it is a stranger's, and checked again as any wheel is."""
    if execution.end in _ENDS:
        return BuildDone(trouble=_ENDS[execution.end])
    if execution.result is None or execution.end is not End.EXITED or execution.code:
        how = "was killed" if execution.end is End.SIGNALLED else "failed"
        full = " Its disk space was used up." if execution.scratch_full else ""
        return BuildDone(trouble=f"{how}.{full}\n{execution.output.strip()[-_SAID:]}".rstrip() + "\n")
    length = int.from_bytes(execution.result[:8], "big")
    header, wheel = execution.result[8 : 8 + length], execution.result[8 + length :]
    try:
        told = msgspec.json.decode(header[:_NAME_BYTES], type=_Told)
    except msgspec.DecodeError:
        return BuildDone(trouble="left something that is no wheel.")
    if told.name and (Path(told.name).name != told.name or not told.name.endswith(".whl")):
        return BuildDone(trouble=f"names its wheel {ascii(told.name)[:100]}, which is no wheel's name.")
    if not told.name and not told.needs:
        return BuildDone(trouble="made no wheel.")
    return BuildDone(wheel=wheel if told.name else b"", name=told.name, needs=told.needs)
