"""What this machine has for running a matrix and what it lacks: the questions of `plugin-matrix doctor`."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from plugin_matrix.engines.base import installer_variables
from plugin_matrix.engines.interpreters import default_platforms, find_interpreter, present_platforms
from plugin_matrix.engines.torch_builds import CPU, TORCH_VERSION
from plugin_matrix.errors import ContainerEngineError, PluginMatrixError
from plugin_matrix.model.size import size_text
from plugin_matrix.plugins.indexes import configured_sources
from plugin_matrix.plugins.pruning import entries, total
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import run_uv
from plugin_matrix.sandbox.process import ProcessSandbox
from plugin_matrix.sandbox.strategy import Strategy

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
"""What vLLM releases of today support; older ones are a bonus."""
ENGINE = "container engine"
IMAGES = "images"
WITHOUT_REGISTRY = "images without a registry"
STORE_BYTES = 2 * 1024**3
"""Free space below which a run with torch is likely to fill the disk."""
PRUNED_BYTES = 1024**3
LEAST_BYTES = 100 * 1024**2
"""Free space below which not even environments without torch can be made."""
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


class ContainerExamination(msgspec.Struct, frozen=True):
    """What was seen of containers."""

    images: int
    """Number of images that are built."""
    checks: tuple[Check, ...]


def examine(store: Path, environment: Mapping[str, str] = os.environ) -> Examination:
    """Look at everything; what cannot be looked at is missing, with the reason, and raises nothing."""
    questions: dict[str, Callable[[], Check]] = {
        "Python": pythons,
        "uv": uv,
        "torch": torch,
        "process sandbox": lambda: process_sandbox(store),
    }
    checks = {name: answer(name, question) for name, question in questions.items()}
    contained = _containers(environment)
    checks |= {check.name: check for check in contained.checks}
    checks["store"] = answer("store", lambda: space(store))
    containers = contained.images > 0
    needed = ("Python", "uv", "store")
    sandboxed = containers or checks["process sandbox"].state is not State.MISSING
    can_run = sandboxed and all(checks[name].state is not State.MISSING for name in needed)
    return Examination(can_run, containers, tuple(checks.values()))


def answer(name: str, question: Callable[[], Check]) -> Check:
    """Ask a question; whatever goes wrong is the answer."""
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
                [*arguments, *sources.uv_arguments(), *CPU.packages],
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


def space(store: Path) -> Check:
    """Look at the store and its disk."""
    place = next(path for path in (store.absolute(), *store.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    size = total(entries(Store(store))) if store.exists() else 0
    found = f"{store.absolute()}, {size_text(size)}; {size_text(free)} free"
    if not os.access(place, os.W_OK | os.X_OK):
        return Check("store", State.MISSING, f"{found}; not writable", "name another in PLUGIN_MATRIX_STORE")
    if free < STORE_BYTES:
        state = State.MISSING if free < LEAST_BYTES else State.LIMITED
        prune = "`plugin-matrix store prune --max-size 1GiB`, " if size > PRUNED_BYTES else ""
        mend = f"{prune}free some space, or name a place with 2 GiB in PLUGIN_MATRIX_STORE"
        return Check("store", state, f"{found}, and torch alone takes 750 MiB", mend)
    return Check("store", State.OK, found)


def _containers(environment: Mapping[str, str]) -> ContainerExamination:
    """Look for containers, where the extra that speaks to them is installed."""
    try:
        from plugin_matrix.run.container_examination import examine_containers  # noqa: PLC0415
    except ContainerEngineError as error:
        absent = (
            Check(ENGINE, State.LIMITED, error.message, error.next_step),
            Check(IMAGES, State.LIMITED, "none can be asked for without a container engine"),
            Check(WITHOUT_REGISTRY, State.LIMITED, "cannot be made without a container engine"),
        )
        return ContainerExamination(0, absent)
    return examine_containers(environment)
