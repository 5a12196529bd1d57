"""What this machine has for running a matrix and what it lacks: the questions of `plugin-matrix doctor`."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import docker
import msgspec

from plugin_matrix.engines.base import TORCH_VERSION, WITH_TORCH, installer_variables
from plugin_matrix.engines.interpreters import default_platforms, find_interpreter, present_platforms
from plugin_matrix.errors import PluginMatrixError
from plugin_matrix.model.size import size_text
from plugin_matrix.plugins.indexes import configured_sources
from plugin_matrix.plugins.pruning import entries, total
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import run_uv
from plugin_matrix.sandbox.container.building import recipe
from plugin_matrix.sandbox.container.client import answering, connect
from plugin_matrix.sandbox.container.debian import obstacle
from plugin_matrix.sandbox.container.images import BuiltImage, built_images
from plugin_matrix.sandbox.container.platforms import platform_images
from plugin_matrix.sandbox.process import ProcessSandbox
from plugin_matrix.sandbox.strategy import Strategy

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
"""What vLLM releases of today support; older ones are a bonus."""
STORE_BYTES = 2 * 1024**3
"""Free space below which a run with torch is likely to fill the disk."""
ASK_SECONDS = 60.0


class State(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    LIMITED = "limited"
    """A matrix can be run without it, or with less of it."""
    MISSING = "missing"


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    state: State
    found: str
    mend: str = ""
    """The command or act that mends it."""


class Examination(msgspec.Struct, frozen=True):
    """All that was looked at."""

    can_run: bool
    containers: bool
    """Whether cells of some platform can run in containers."""
    checks: tuple[Check, ...]


def examine(store: Path, environment: Mapping[str, str] = os.environ) -> Examination:
    """Look at everything; what cannot be looked at is missing, with the reason, and raises nothing."""
    client, engine = _connected(environment)
    try:
        images = _built(client) if client else []
        questions: dict[str, Callable[[], Check]] = {
            "Python": pythons,
            "uv": uv,
            "torch": torch,
            "process sandbox": lambda: process_sandbox(store),
            "container engine": lambda: engine,
            "images": lambda: _images(client, images),
            "images without a registry": lambda: _debian(client),
            "store": lambda: space(store),
        }
        checks = {name: _answer(name, question) for name, question in questions.items()}
    finally:
        if client:
            client.close()
    containers = client is not None and bool(images)
    needed = ("Python", "uv", "store")
    sandboxed = containers or checks["process sandbox"].state is not State.MISSING
    can_run = sandboxed and all(checks[name].state is not State.MISSING for name in needed)
    return Examination(can_run, containers, tuple(checks.values()))


def _answer(name: str, question: Callable[[], Check]) -> Check:
    try:
        return question()
    except PluginMatrixError as error:
        return Check(name, State.MISSING, error.message, error.next_step)
    except Exception as error:  # noqa: BLE001 - a newcomer's machine may be broken in any way; that is the answer
        return Check(name, State.MISSING, f"could not be looked at: {type(error).__name__}: {error}")


def pythons() -> Check:
    """Look for CPythons."""
    found = [platform.python for platform in present_platforms()]
    absent = [python for python in PYTHONS if python not in found]
    text = ", ".join(found) or "none"
    if not found:
        return Check("Python", State.MISSING, text, f"`uv python install {' '.join(PYTHONS)}`")
    more = f"for the platforms of others: `uv python install {' '.join(absent)}`" if absent else ""
    return Check("Python", State.OK, text, more)


def uv() -> Check:
    """Look for uv, which makes the environments."""
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-") as directory:
        try:
            result = run_uv(["--version"], directory=Path(directory), seconds=ASK_SECONDS)
        except FileNotFoundError:
            return Check(
                "uv", State.MISSING, "its program is not there", "`pip install --force-reinstall uv`"
            )
    if not result.ok:
        return Check("uv", State.MISSING, result.reason, "`pip install --force-reinstall uv`")
    return Check("uv", State.OK, result.output.strip().removeprefix("uv "))


def torch() -> Check:
    """Ask the configured sources for the CPU build of torch for every Python that is here."""
    sources = configured_sources()
    without: dict[str, str] = {}
    present = [one for one in present_platforms() if one.python in PYTHONS] or list(default_platforms())
    for platform in present:
        with tempfile.TemporaryDirectory(prefix="plugin-matrix-") as directory:
            arguments = ["pip", "install", "--dry-run", "--target", directory, "--only-binary", ":all:"]
            arguments += ["--python", str(find_interpreter(platform).executable)]
            result = run_uv(
                [*arguments, *sources.uv_arguments(), *WITH_TORCH],
                directory=Path(directory),
                seconds=ASK_SECONDS,
                variables=installer_variables(sources) | {"UV_HTTP_RETRIES": "1"},
            )
        if not result.ok:
            without[platform.python] = result.reason
    having = [platform.python for platform in present if platform.python not in without]
    found = f"{TORCH_VERSION} (CPU) can be had for Python {', '.join(having)}" if having else "cannot be had"
    if not without:
        return Check("torch", State.OK, found)
    return Check(
        "torch",
        State.LIMITED,
        f"{found}; not for {', '.join(without)}: cells there build no models",
        "name an index or a directory that has the wheels: `export PIP_FIND_LINKS=DIRECTORY`"
        if sources.offline
        else "`export PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu`",
    )


def process_sandbox(store: Path) -> Check:
    """Try the process sandbox."""
    # A store that is not there yet is not made by looking.
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-", dir=store if store.is_dir() else None) as place:
        sandbox = ProcessSandbox(Path(place))
        strategy, missing = sandbox.strategy, sandbox.isolation.missing
        sandbox.close()
    if strategy is Strategy.PROCESS_GROUP:
        return Check(
            "process sandbox",
            State.LIMITED,
            "no namespaces: cells see this machine's network and files",
            "permit user namespaces (`sudo sysctl kernel.unprivileged_userns_clone=1"
            " kernel.apparmor_restrict_unprivileged_userns=0`), or use containers",
        )
    lacking = f"; without {', '.join(missing)}" if missing else ""
    return Check("process sandbox", State.OK, f"{strategy.value}{lacking}")


def _connected(environment: Mapping[str, str]) -> tuple[docker.DockerClient | None, Check]:
    name = "container engine"
    client = None
    try:
        client = connect(environment)
        with answering():
            return client, Check(name, State.OK, engine_facts(client.info(), client.version()))
    except PluginMatrixError as error:
        if client:
            client.close()
        return None, Check(name, State.LIMITED, error.message, error.next_step)


def engine_facts(info: Mapping[str, Any], version: Mapping[str, Any]) -> str:
    """Return what matters of an engine: version, rootless or not, control groups, free disk."""
    options = " ".join(info.get("SecurityOptions") or ())
    facts = [
        f"{(version.get('Platform') or {}).get('Name') or 'Docker'} {version.get('Version', '')}".strip(),
        "rootless" if "rootless" in options else "as root",
        f"control groups version {info.get('CgroupVersion') or 'unknown'}",
    ]
    place = Path(info.get("DockerRootDir") or "/nonexistent")
    if place.exists():
        facts.append(f"{size_text(shutil.disk_usage(place).free)} free")
    return "; ".join([*facts, *(str(warning) for warning in info.get("Warnings") or ())])


def _built(client: docker.DockerClient) -> list[BuiltImage]:
    try:
        return list(built_images(client))
    except PluginMatrixError:
        return []


def _images(client: docker.DockerClient | None, images: list[BuiltImage]) -> Check:
    if client is None:
        return Check("images", State.LIMITED, "none can be asked for without a container engine")
    known = platform_images()
    built = {image.platform for image in images}
    current = {
        image.platform
        for image in images
        if image.platform in known and image.recipe == recipe(known[image.platform])
    }
    found = ", ".join(f"{name}{'' if name in current else ' (outdated)'}" for name in known if name in built)
    wanted = [name for name in known if name not in current]
    mend = f"`plugin-matrix images build {' '.join(wanted)}`" if wanted else ""
    return Check("images", State.OK if current else State.LIMITED, found or "none is built", mend)


def _debian(client: docker.DockerClient | None) -> Check:
    name = "images without a registry"
    if client is None:
        return Check(name, State.LIMITED, "cannot be made without a container engine")
    problem = obstacle(client, Path(tempfile.gettempdir()))
    if problem is None:
        return Check(name, State.OK, "their bases can be made from Debian packages")
    return Check(name, State.LIMITED, problem.message, problem.next_step)


def space(store: Path) -> Check:
    """Look at the store and its disk."""
    place = next(path for path in (store.absolute(), *store.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    size = total(entries(Store(store))) if store.exists() else 0
    found = f"{store.absolute()}, {size_text(size)}; {size_text(free)} free"
    if not os.access(place, os.W_OK | os.X_OK):
        return Check("store", State.MISSING, f"{found}; not writable", "name another in PLUGIN_MATRIX_STORE")
    if free < STORE_BYTES:
        return Check(
            "store", State.LIMITED, found, "`plugin-matrix store prune --max-size 1GiB`, or free some space"
        )
    return Check("store", State.OK, found)
