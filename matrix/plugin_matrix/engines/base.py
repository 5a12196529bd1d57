"""What all engines of a platform share: an interpreter's virtual environment, with torch where it can be had.

Torch is installed here once and not once per engine, in the build that the platform's accelerator needs.
"""

import hashlib
import re
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from plugin_matrix.engines.interpreters import Interpreter, find_interpreter
from plugin_matrix.engines.torch_builds import TORCH_VERSION, TorchBuild, torch_build
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Platform
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import UvResult, run_uv

ACCELERATOR_PACKAGES = re.compile(r"(?:nvidia-|cuda-|(?:pytorch-)?triton\b|rocm)")
DEVICE_PACKAGES = re.compile(
    r"(?:torch-(?:gcu|mlu|musa|neuronx|npu|tpu|xla)|habana-torch-.*|intel-extension-for-pytorch)$"
)
"""Devices of other vendors: torch loads them by itself, and without the vendor's libraries that fails."""
INSTALL_SECONDS = 1200.0
VENV_SECONDS = 120.0
KIND = "bases"
PRELOADED = ("numpy", "torch")
CompileByteCode = Callable[[Path], None]
"""Compiles all sources below a directory with an image's Python; this machine has none that could."""


class Base(msgspec.Struct, frozen=True):
    """A finished base environment."""

    path: Path
    interpreter: Interpreter
    has_torch: bool
    shared: Path | None = None
    """Directory of the packages that a range of real releases shares."""
    preload: tuple[str, ...] = ()
    """Modules of its packages that are worth importing once for many cells."""

    @property
    def name(self) -> str:
        """Tells bases with different packages apart."""
        return self.path.name if self.shared is None else self.shared.name

    @property
    def site_packages(self) -> Path:
        """Where the packages are that were installed into it."""
        return site_packages(self.path, self.interpreter)

    @property
    def layers(self) -> tuple[Path, ...]:
        """Directories of `sys.path` that hold its packages, the first to be looked into first."""
        return (self.site_packages,) if self.shared is None else (self.shared, self.site_packages)

    def packages(self) -> dict[str, str]:
        """Versions of what is installed, by normalised name."""
        return {
            canonicalize_name(found.name): found.version
            for layer in reversed(self.layers)
            for found in distributions(path=[str(layer)])
        }


def provide_base(
    platform: Platform,
    store: Store,
    sources: PackageSources,
    *,
    torch: bool,
    interpreter: Interpreter | None = None,
    compile_byte_code: CompileByteCode | None = None,
) -> Base:
    """Return the base environment of `platform`, made once; raises `EnvironmentMakingError`.

    `interpreter` is the platform's Python; the one on this machine when left out.
    """
    interpreter = interpreter or find_interpreter(platform)
    build = torch_build(platform.accelerator)
    wanted = build.packages if torch else ()
    image = ("image",) if interpreter.image else ()
    content = "\0".join([str(interpreter.executable), interpreter.version, *image, *wanted])
    key = f"{platform.id}{'-torch' if torch else ''}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"

    def make(path: Path) -> None:
        make_venv(path, interpreter)
        if wanted:
            _install_torch(build, path, interpreter, sources)
            if compile_byte_code is not None:
                compile_byte_code(site_packages(path, interpreter))

    return Base(store.entry(KIND, key, make), interpreter, torch, preload=PRELOADED if torch else ())


def make_venv(path: Path, interpreter: Interpreter) -> None:
    """Make an empty virtual environment that may be renamed afterwards."""
    if interpreter.image:
        _lay_out_venv(path, interpreter)
        return
    arguments = ["venv", "--quiet", "--relocatable", "--no-project", "--no-config"]
    arguments += ["--python", str(interpreter.executable), str(path)]
    result = run_uv(arguments, directory=path.parent, seconds=VENV_SECONDS)
    if not result.ok:
        raise EnvironmentMakingError(
            f"uv cannot make a virtual environment with {interpreter.executable}:\n{result.last_lines}\n",
            next_step="See that this Python works and that the store's disk has space.",
        )


def _lay_out_venv(path: Path, interpreter: Interpreter) -> None:
    """Make a virtual environment for a Python that is not here: its link leads nowhere but in the image."""
    site_packages(path, interpreter).mkdir(parents=True)
    (path / "bin").mkdir()
    python = path / "bin" / "python"
    python.symlink_to(interpreter.executable)
    for name in ("python3", f"python{interpreter.markers['python_version']}"):
        (path / "bin" / name).symlink_to("python")
    (path / "pyvenv.cfg").write_text(
        f"home = {interpreter.executable.parent}\n"
        "implementation = CPython\n"
        f"version_info = {interpreter.version}\n"
        "include-system-site-packages = false\n"
    )


def installing_arguments(venv: Path, interpreter: Interpreter) -> list[str]:
    """Options of `uv pip install` that install into a virtual environment and compile where that can be."""
    if interpreter.image:
        return [*interpreter.target_arguments, "--target", str(site_packages(venv, interpreter))]
    return ["--python", str(venv), "--compile-bytecode"]


def site_packages(venv: Path, interpreter: Interpreter) -> Path:
    """Where a virtual environment's packages are."""
    return venv / "lib" / f"python{interpreter.markers['python_version']}" / "site-packages"


def installer_variables(sources: PackageSources) -> dict[str, str]:
    """Variables for uv commands that install."""
    return {"SSL_CERT_FILE": sources.certificates} if sources.certificates else {}


def _install_torch(build: TorchBuild, path: Path, interpreter: Interpreter, sources: PackageSources) -> None:
    """Install from the configured sources, else from the index of such builds that uv knows."""
    troubles: list[str] = []
    backends: list[list[str]] = [[]] if sources.offline else [[], ["--torch-backend", build.backend]]
    for backend in backends:
        arguments = ["pip", "install", *installing_arguments(path, interpreter), "--only-binary", ":all:"]
        arguments += [*sources.uv_arguments(), *backend, *build.packages]

        def uv(*more: str, arguments: list[str] = arguments) -> UvResult:
            return run_uv(
                [*arguments, *more],
                directory=path.parent,
                seconds=INSTALL_SECONDS,
                variables=installer_variables(sources) | {"UV_HTTP_RETRIES": "1"},
                file_bytes=build.file_bytes,
            )

        plan = uv("--dry-run")
        unwanted = [
            line for line in plan.messages.splitlines() if ACCELERATOR_PACKAGES.match(line.strip(" +"))
        ]
        if unwanted and not build.accelerated:
            troubles.append(f"it would bring {unwanted[0].strip(' +')}")
            continue
        result = uv() if plan.ok else plan
        if result.ok:
            return
        troubles.append(result.reason)
    raise EnvironmentMakingError(
        f"torch {TORCH_VERSION} ({build.name}) for Python {interpreter.version} cannot be installed"
        f" ({'; then: '.join(troubles)}).",
        next_step="Name a directory that holds its wheel in PIP_FIND_LINKS, or run without torch.",
    )
