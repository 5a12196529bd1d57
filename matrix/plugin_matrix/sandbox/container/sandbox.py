"""The container sandbox: foreign code in containers of a platform's image, warm from one cell to the next."""

import contextlib
import fcntl
import itertools
import marshal
import os
import shutil
import threading
import uuid
import weakref
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import docker
import docker.errors
import requests
from docker.types import DeviceRequest

from plugin_matrix.errors import ContainerEngineError, ImageMissingError
from plugin_matrix.sandbox.connection import Door, NotWarmError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.byte_code import compile_byte_code
from plugin_matrix.sandbox.container.client import answering, is_podman
from plugin_matrix.sandbox.container.exchange import MARSHAL_VERSION, SCRATCH, WRITABLE, CellRequest
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.leftovers import remove_left_containers
from plugin_matrix.sandbox.container.limits import (
    Confinement,
    engine_information,
    isolation,
    resource_limits,
)
from plugin_matrix.sandbox.container.mounts import INSIDE, Shelves, accounts, bound, covered, standing
from plugin_matrix.sandbox.container.stream import ContainerGoneError
from plugin_matrix.sandbox.container.supervision import ContainedCell, Ending
from plugin_matrix.sandbox.container.warm import Container, WarmContainers
from plugin_matrix.sandbox.owner import OwnedDirectory, scratch_error
from plugin_matrix.sandbox.protocol import Command, Execution, Limits, Warm
from plugin_matrix.sandbox.users import RESIDENT, UNUSED_BY_CONVENTION, CellUsers

_PROGRAMS = ("container/cell_process.py", "container/resident.py", "interpreter.py")
_DIRECTORIES = ("tmp", "home")
_ALIVE = "alive"
_RESULT = str(PurePosixPath(SCRATCH, "result"))
_FLAGS = ("-I", "-S", "-B", "-W", "ignore")
_WARMING_SECONDS = 60.0


class ContainerSandbox:
    """Runs commands in containers of one platform's image.

    `scratch_root` holds a directory of ours while the sandbox lives. `shelves` are directories whose entries
    come and go while containers live. Without `warm` each command has a container of its own. `devices` are
    device nodes the containers get: path in the container to device of the machine; `gpus` is what the engine
    is asked for to give them accelerators.

    Raises `ContainerEngineError`, `SandboxError` or `DiskFullError`.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        image: BuiltImage,
        scratch_root: Path,
        *,
        shelves: Iterable[Path] = (),
        warm: bool = True,
        devices: Iterable[tuple[str, str]] = (),
        gpus: DeviceRequest | None = None,
        users: range = UNUSED_BY_CONVENTION,
    ) -> None:
        self.image = image
        self.run_id = uuid.uuid4().hex
        self._client = client
        self._users = CellUsers(users)
        self._shelves = Shelves(shelves)
        self._devices = [f"{device}:{place}:rw" for place, device in devices]
        self._gpus = [gpus] if gpus else None
        self._lock = threading.Lock()
        self._running: set[ContainedCell] = set()
        self._compiling: set[str] = set()
        self._doors = itertools.count()
        self.not_warm = "" if warm else "each command has a container of its own"
        """Why commands are executed that could be forks of a warm interpreter; empty where they are forks."""
        information, podman = engine_information(client), is_podman(client)
        self.isolation = isolation(information, gpus=gpus is not None, podman=podman)
        remove_left_containers(client)
        directory = OwnedDirectory(scratch_root)
        self._directory = directory.path
        self._warm = WarmContainers(client, keep=warm)
        try:
            self._shelves.close()
            alive = self._furnish()
        except OSError as error:
            directory.remove()
            raise scratch_error(scratch_root, error) from None
        self._close = weakref.finalize(self, _close, self._warm, alive, directory)

    @property
    def containers_made(self) -> int:
        """How many containers this sandbox has made so far."""
        return self._warm.made

    def close(self) -> None:
        """Remove the containers and the sandbox's directory; happens by itself when the process ends."""
        self._close()

    def run(self, command: Command) -> Execution:
        """Run `command` to its end; safe to call from several threads at once."""
        needed = command.warm.read_only if command.warm else ()
        places = self._shelves.mounted((*command.read_only, *needed))
        request = _request(command, standing(places, WRITABLE))
        with self._users.lend() as user:
            try:
                ending = self._run_in(places, command, request, user)
            except ContainerGoneError:  # A warm one that somebody else removed since the last cell.
                ending = self._run_in(places, command, request, user)
        return Execution(
            end=ending.end,
            code=ending.code,
            seconds=ending.seconds,
            output=ending.output.text(),
            output_bytes=ending.output.total,
            result=ending.result,
            result_problem=ending.problem,
            peak_memory=ending.peak_memory,
            processes_ended=ending.survivors,
            refused_forks=ending.refused_forks,
            scratch_full=ending.scratch_full,
            isolation=self.isolation,
        )

    def _run_in(self, places: tuple[Path, ...], command: Command, request: CellRequest, user: int) -> Ending:
        """Run a command in a container that sees `places`, warm or new."""
        confinement = Confinement.of(command.limits)
        warm = None if self.not_warm else command.warm

        def make() -> Container:
            return self._start_warm(places, confinement, warm)

        with self._warm.lend((places, confinement, warm), make) as container:
            argv = [*self._python(), f"{INSIDE}/cell_process.py"]
            cell = ContainedCell(self._client, container, argv, user, request, command.limits.output_bytes)
            with self._lock:
                self._running.add(cell)
            try:
                return cell.run()
            finally:
                with self._lock:
                    self._running.discard(cell)

    def compile_byte_code(self, directory: Path) -> None:
        """Compile what was installed into `directory` with the image's Python; raises `SandboxError`."""
        compile_byte_code(self._client, self.image, self.run_id, directory, self._compiling)

    def interrupt(self) -> None:
        """End all running commands; they return with `End.INTERRUPTED`."""
        with self._lock:
            running = list(self._running)
        for cell in running:
            cell.interrupt()
        for compiling in tuple(self._compiling):
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
                self._client.api.kill(compiling)

    def _python(self) -> list[str]:
        return [str(self.image.interpreter), *_FLAGS]

    def _start_warm(self, places: tuple[Path, ...], confinement: Confinement, warm: Warm | None) -> Container:
        """Make and start a container, with a warm interpreter where there is to be one and can be one."""
        if warm is not None:
            door_file = self._directory / f"door-{next(self._doors)}"
            door = Door(door_file)
            try:
                # Whoever calls has the image's root for a user, but not its rights.
                door_file.chmod(0o666)
                return self._with_interpreter(places, confinement, warm, door)
            except NotWarmError as error:
                self.not_warm = error.message
            finally:
                door.close()
        argv = [*self._python(), f"{INSIDE}/resident.py", f"{INSIDE}/{_ALIVE}"]
        return Container(self._start(places, confinement.host_settings(self._client), argv))

    def _with_interpreter(
        self, places: tuple[Path, ...], confinement: Confinement, warm: Warm, door: Door
    ) -> Container:
        settings = {
            "connection": -1,
            "cell": f"{INSIDE}/cell_process.py",
            "place": {
                "address": f"{INSIDE}/{door.name}",
                "alive": f"{INSIDE}/{_ALIVE}",
                "user": RESIDENT,
            },
            "program": str(warm.program),
            "preload": list(warm.preload),
            "path": [str(one) for one in warm.path],
            "environment": {name: _placed(value) for name, value in warm.environment},
        }
        told = marshal.dumps(settings, MARSHAL_VERSION).hex()
        argv = [str(warm.python), *_FLAGS, f"{INSIDE}/interpreter.py", told]
        identifier = self._start(places, confinement.host_settings(self._client, forking=True), argv)
        try:
            interpreter = door.wait(_WARMING_SECONDS)
            try:
                interpreter.await_ready(_WARMING_SECONDS)
            except BaseException:
                interpreter.close()
                raise
        except BaseException:
            self._warm.remove(identifier)
            raise
        return Container(identifier, interpreter)

    def _start(self, places: tuple[Path, ...], settings: dict[str, Any], argv: list[str]) -> str:
        """Make and start a container that runs `argv`; return its id."""
        settings["tmpfs"] |= covered(places)
        try:
            with answering():
                container = self._client.containers.create(
                    self.image.reference,
                    argv,
                    entrypoint=[],
                    working_dir="/",
                    labels=labels.of_container(self.run_id),
                    mounts=bound(places, self._directory),
                    devices=self._devices,
                    device_requests=self._gpus,
                    auto_remove=True,
                    **settings,
                )
        except ContainerEngineError as error:
            if isinstance(error.__cause__, docker.errors.ImageNotFound):
                raise ImageMissingError(
                    f"The image of the platform {self.image.platform} is gone.",
                    next_step=f"Build it with `plugin-matrix images build {self.image.platform}`.",
                ) from None
            raise
        try:
            with answering():
                container.start()
        except BaseException:
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
                container.remove(force=True)
            raise
        return str(container.id)

    def _furnish(self) -> int:
        """Lay what containers run themselves into our directory; return the lock that says we live."""
        for name in _PROGRAMS:
            file = Path(__file__).parents[1] / name
            shutil.copyfile(file, self._directory / file.name)
        for name, content in accounts().items():
            (self._directory / name).write_text(content)
        alive = os.open(self._directory / _ALIVE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        for place in self._directory.iterdir():
            place.chmod(0o644)
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return alive


def _request(command: Command, mount_points: list[str]) -> CellRequest:
    limits: Limits = command.limits
    return CellRequest(
        scratch=SCRATCH,
        directories=list(_DIRECTORIES),
        files=command.files,
        result=_RESULT,
        result_bytes=limits.result_bytes,
        argv=[_placed(argument) for argument in command.argv],
        environment={name: _placed(value) for name, value in command.environment.items()},
        readable=[str(place) for place in command.read_only],
        limits=resource_limits(limits),
        wall_seconds=limits.wall_seconds,
        cpu_seconds=limits.cpu_seconds,
        processes=limits.processes,
        writable=list(WRITABLE),
        standing=mount_points,
    )


def _placed(text: str) -> str:
    return text.replace("{scratch}", SCRATCH).replace("{result}", _RESULT)


def _close(warm: WarmContainers, alive: int, directory: OwnedDirectory) -> None:
    warm.close()
    os.close(alive)
    directory.remove()
