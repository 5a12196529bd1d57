"""The process sandbox: foreign code in processes of this machine, as locked in as the machine permits."""

import contextlib
import functools
import itertools
import marshal
import os
import py_compile
import resource
import shutil
import sys
import threading
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox.connection import NotWarmError
from plugin_matrix.sandbox.control_groups import ControlGroup, ControlGroups
from plugin_matrix.sandbox.exchange import Request
from plugin_matrix.sandbox.first_processes import Executed, FirstProcess, Forked, Starter
from plugin_matrix.sandbox.owner import OwnedDirectory, remove_tree, scratch_error
from plugin_matrix.sandbox.protocol import Command, End, Execution, Limits
from plugin_matrix.sandbox.root_filesystem import SCRATCH, SCRATCH_DIRECTORIES, RootFilesystem
from plugin_matrix.sandbox.strategy import (
    Strategy,
    capability_dropper,
    isolation,
    launcher,
    may_change_user,
    tool,
    unfit,
)
from plugin_matrix.sandbox.supervision import Supervision
from plugin_matrix.sandbox.users import UNUSED_BY_CONVENTION, CellUsers
from plugin_matrix.sandbox.warm_processes import PROGRAMS, WarmProcesses
from plugin_matrix.sandbox.watch import Watch, threads_of_user

_RESULT = "result"
_FIRST_PROCESSES = 2
"""`unshare` and the cell's first process are in its user namespace."""
_SLACK = 16


class _Place(msgspec.Struct, frozen=True):
    """Where a cell's scratch directory is."""

    seen: str
    """By the program."""
    watched: Path | None
    """On the host, where nothing but we bounds its size."""


class ProcessSandbox:
    """Runs commands as locked-in processes; which strategy works here is found by trying.

    `scratch_root` holds a directory of ours while the sandbox lives. `shelves` are directories whose entries
    come while it lives: what a command reads has to be in one of them, or known to its warm interpreter, for
    it to be a fork of that. `users` are the ids cells may run as, if we are root. A named `strategy` is taken
    without trying. `control_groups=False` leaves those unused.

    Raises `SandboxError` or `DiskFullError` when the machine cannot do what is asked.
    """

    def __init__(
        self,
        scratch_root: Path,
        *,
        shelves: Iterable[Path] = (),
        users: range = UNUSED_BY_CONVENTION,
        strategy: Strategy | None = None,
        control_groups: bool = True,
    ) -> None:
        self.strategy = strategy or best_strategy(str(scratch_root.absolute()))
        self._own_user = self.strategy is not Strategy.USER_NAMESPACES and may_change_user()
        self._users = CellUsers(users)
        self._groups = ControlGroups.find() if control_groups else ControlGroups(1, {})
        self._lock = threading.Lock()
        self._running: set[Supervision] = set()
        self._number = itertools.count()
        prefix = launcher(self.strategy)
        if prefix is None:
            raise SandboxError(
                f"The strategy {self.strategy!r} needs the programs setpriv, unshare and mount.",
                next_step="Install the package util-linux.",
            )
        if (refusal := unfit(self.strategy)) is not None:
            raise SandboxError(f"The strategy {self.strategy!r} is not for this process: {refusal}.")
        directory = OwnedDirectory(scratch_root)
        self._directory = directory.path
        self._warm: WarmProcesses | None = None
        self.forked = 0
        """How many commands were forks of a warm interpreter so far."""
        try:
            first_process = self._compiled_first_process()
            if self.strategy is not Strategy.PROCESS_GROUP:
                root = directory.path / "root"
                root.mkdir()
                self._root = RootFilesystem(root, users)
                self._warm = self._warm_processes(tuple(shelves), users)
        except OSError as error:
            directory.remove()
            raise scratch_error(scratch_root, error) from None
        self._close = weakref.finalize(self, _close, self._warm, directory)
        self._launcher = [*prefix, sys.executable, "-I", "-S", first_process]
        self.isolation = isolation(self.strategy, tuple(self._groups.homes), own_user=self._own_user)

    def close(self) -> None:
        """Remove the sandbox's directory; happens by itself when the sandbox or the process ends."""
        self._close()

    def run(self, command: Command) -> Execution:
        """Run `command` to its end; safe to call from several threads at once."""
        with contextlib.ExitStack() as stack:
            user = stack.enter_context(self._users.lend()) if self._own_user else -1
            group = stack.enter_context(self._groups.make(command.limits))
            place = stack.enter_context(self._scratch(user))
            request = marshal.dumps(dict(self._request(command, user, group, place.seen)))
            starter = self._starter(command, group)
            supervision = Supervision(starter, request, command.limits.output_bytes)
            with self._lock:
                self._running.add(supervision)
            try:
                ending = supervision.wait(
                    lambda began: Watch(
                        command.limits,
                        group,
                        sample_memory="memory" not in self._groups.homes,
                        scratch=place.watched,
                        deadline=began + command.limits.wall_seconds,
                    )
                )
            finally:
                with self._lock:
                    self._running.discard(supervision)
            over_memory = ending.end in (End.EXITED, End.SIGNALLED) and group.memory_kills()
            return Execution(
                end=End.MEMORY if over_memory else ending.end,
                code=ending.code,
                seconds=ending.seconds,
                output=ending.output.text(),
                output_bytes=ending.output.total,
                result=ending.result,
                result_problem=ending.problem,
                peak_memory=ending.peak_memory,
                processes_ended=ending.survivors,
                scratch_full=ending.scratch_full,
                refused_forks=group.refused_forks(),
                isolation=self.isolation,
            )

    @property
    def not_warm(self) -> str:
        """Why commands are executed that could be forks of a warm interpreter; empty where they are forks."""
        if self._warm is None:
            return "namespaces are not permitted"
        return "; ".join(self._warm.troubles)

    def _starter(self, command: Command, group: ControlGroup) -> Starter:
        """Return what starts the cell's first process: by a fork where that can be, else a program."""
        interpreter = self._warm.for_command(command) if self._warm is not None else None

        def start(request: int, control: int) -> FirstProcess:
            if interpreter is not None:
                with contextlib.suppress(NotWarmError):
                    forked = Forked(interpreter, group.entrances, request, control)
                    self.forked += 1
                    return forked
            return Executed(self._launcher, request, control)

        return start

    def interrupt(self) -> None:
        """End all running commands; they return with `End.INTERRUPTED`."""
        with self._lock:
            running = list(self._running)
        for supervision in running:
            supervision.interrupt()

    def _request(self, command: Command, user: int, group: ControlGroup, scratch: str) -> Request:
        namespaces = self.strategy is not Strategy.PROCESS_GROUP
        result = f"{scratch}/{_RESULT}"

        def placed(text: str) -> str:
            return text.replace("{scratch}", scratch).replace("{result}", result)

        for directory in command.read_only:
            if not directory.exists():
                raise SandboxError(f"The directory {directory} that a cell needs does not exist.")
        try:
            mounts = (
                self._root.mount_table(command.read_only, command.limits.scratch_bytes, user)
                if namespaces
                else b""
            )
        except OSError as error:
            raise scratch_error(self._directory, error) from None
        return Request(
            own_processes=namespaces,
            mount=tool("mount") or "",
            mounts=mounts,
            root=str(self._root.directory) if namespaces else "",
            scratch=scratch,
            directories=list(SCRATCH_DIRECTORIES),
            files=command.files,
            result=result,
            result_bytes=command.limits.result_bytes,
            argv=[placed(argument) for argument in command.argv],
            drop=capability_dropper(self.strategy),
            environment={name: placed(value) for name, value in command.environment.items()},
            user=user,
            readable=[scratch, *map(str, command.read_only)],
            limits=_resource_limits(command.limits, self._uncounted_processes()),
            groups=group.entrances,
        )

    def _uncounted_processes(self) -> int:
        """Return how many processes the resource limit counts that are not the program's.

        It counts by user. Where there is a control group, that has to be met first: it alone tells so.
        """
        if self.strategy is Strategy.USER_NAMESPACES:
            ours = _FIRST_PROCESSES
        elif self._own_user:
            ours = 0
        else:
            ours = threads_of_user(os.getuid())
        return ours + (_SLACK if "pids" in self._groups.homes else 0)

    @contextlib.contextmanager
    def _scratch(self, user: int) -> Iterator[_Place]:
        if self.strategy is not Strategy.PROCESS_GROUP:
            yield _Place(SCRATCH, None)
            return
        directory = self._directory / f"cell-{next(self._number)}"
        try:
            directory.mkdir(mode=0o700)
            os.chown(directory, user, user)
        except OSError as error:
            raise scratch_error(self._directory, error) from None
        try:
            yield _Place(str(directory), directory)
        finally:
            remove_tree(directory)

    def _warm_processes(self, shelves: tuple[Path, ...], users: range) -> WarmProcesses:
        programs = self._directory / "programs"
        programs.mkdir()
        for name in PROGRAMS:
            shutil.copyfile(Path(__file__).with_name(name), programs / name)
            (programs / name).chmod(0o644)
        return WarmProcesses(
            self._root,
            programs,
            shelves,
            users=users,
            as_root=self.strategy is Strategy.NAMESPACES,
            groups=self._groups.patterns,
        )

    def _compiled_first_process(self) -> str:
        source = Path(__file__).with_name("first_process.py")
        compiled = self._directory / "first_process.pyc"
        py_compile.compile(str(source), str(compiled), doraise=True)
        return str(compiled)


def _close(warm: WarmProcesses | None, directory: OwnedDirectory) -> None:
    if warm is not None:
        warm.close()
    directory.remove()


def _resource_limits(limits: Limits, others: int) -> dict[int, int]:
    return {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes + others,
    }


@functools.cache
def best_strategy(scratch_root: str) -> Strategy:
    """Return the strongest strategy that works here; each is tried with a program that does nothing."""
    nothing = Command(argv=(tool("true") or "true",), environment={})
    for strategy in (Strategy.NAMESPACES, Strategy.USER_NAMESPACES):
        with contextlib.suppress(SandboxError):
            sandbox = ProcessSandbox(Path(scratch_root), strategy=strategy)
            try:
                if sandbox.run(nothing).code == 0:
                    return strategy
            finally:
                sandbox.close()
    return Strategy.PROCESS_GROUP
