"""Environments: an engine on a platform's base, made once, and plugins laid beside it without installing."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import msgspec

from plugin_matrix.engines.base import (
    Base,
    CompileByteCode,
    installing_arguments,
    make_venv,
    provide_base,
    site_packages,
)
from plugin_matrix.engines.dependencies import (
    KIND as DEPENDENCIES,
)
from plugin_matrix.engines.dependencies import (
    Dependencies,
    provide_dependencies,
    requirements_of,
)
from plugin_matrix.engines.interpreters import Interpreter, find_interpreter
from plugin_matrix.engines.needs import Needs
from plugin_matrix.engines.packages import provide_packages
from plugin_matrix.engines.real import wheel_of
from plugin_matrix.engines.reference import build_wheel
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Engine, Platform
from plugin_matrix.plugins.indexes import PackageSources, configured_sources
from plugin_matrix.plugins.layer import unpack_wheel
from plugin_matrix.plugins.opening import OpenedPlugin
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import interrupt_uv, run_uv
from plugin_matrix.plugins.wheel import sha256

KIND = "environments"
INSTALL_SECONDS = 900.0
LAYERS_PTH = (
    "import os; any(map(addsitedir, filter(None, os.environ.get('PYTHONPATH', '').split(os.pathsep))))\n"
)
"""Has `site` run the `.pth` files of layers, as it does where plugins are installed beside the engine.

`site` executes such a line in its own module, where `addsitedir` is, and that returns None.
"""

_SYSTEM_PREFIXES = frozenset({Path("/"), Path("/usr")})


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter that has an engine, and where everything of it is."""

    python: Path
    layers: tuple[Path, ...]
    """Directories of `sys.path` beside the standard library's: the engine's, then the base's."""
    engine_layers: tuple[Path, ...]
    """Those of them that hold the engine."""
    has_torch: bool
    torch_problem: str = ""
    """Why there is no torch although it was asked for."""
    read_only: tuple[Path, ...]
    """Directories a sandbox must let it read, besides the system's."""
    base: Base
    variables: dict[str, str] = {}
    """Environment variables that the engine needs."""
    generates: bool = True
    """Whether the engine can compute tokens."""


class PluginLayer(msgspec.Struct, frozen=True):
    """A plugin laid beside an environment: directories for `sys.path`, before the environment's."""

    plugin_paths: tuple[Path, ...]
    dependency_paths: tuple[Path, ...]
    missing: tuple[str, ...]
    """Dependencies that could not be installed, each as `requirement: reason`."""


class Environments:
    """The environments of a store; safe to use from several threads and several harnesses."""

    def __init__(
        self,
        store: Path,
        *,
        sources: PackageSources | None = None,
        build: Callable[[str, Path], Path] = build_wheel,
        find: Callable[[Platform], Interpreter] = find_interpreter,
        compile_byte_code: CompileByteCode | None = None,
        stand_ins: PurePosixPath | None = None,
    ) -> None:
        """Keep everything below `store`; `build` gives the wheel of an engine's release.

        `find` gives a platform's Python. Where that is in an image, `compile_byte_code` compiles with it, and
        `stand_ins` is the image's directory of modules that stand in for a vendor's.
        """
        self._store = Store(store)
        self._sources = configured_sources() if sources is None else sources
        self._build = build
        self._find = find
        self._compile = compile_byte_code
        self._stand_ins = stand_ins
        self._lock = threading.Lock()
        self._torch_problems: dict[Platform, str] = {}
        self._wheels: dict[Engine, tuple[Path, str]] = {}
        self._dependencies: dict[tuple[str, tuple[str, ...]], Dependencies] = {}

    def provide(self, engine: Engine, platform: Platform, *, torch: bool = True) -> Environment:
        """Return the environment of `engine` on `platform`, making what of it is not there yet.

        Where torch is asked for and cannot be had, the environment is made without and says why.
        Raises `EnvironmentMakingError`, `EngineError` or `DiskFullError`.
        """
        base, torch_problem = self._base(platform, torch=torch)
        if engine.is_real:
            base = self._with_packages(engine, base, torch_problem)
        wheel, digest = self._wheel(engine)
        key = hashlib.sha256(f"{base.name}\0{digest}\0{LAYERS_PTH}".encode()).hexdigest()[:12]
        name = f"{engine.id}-{base.name}-{key}"
        path = self._store.entry(KIND, name, lambda path: self._install(path, wheel, engine, base))
        engine_layer = site_packages(path, base.interpreter)
        return Environment(
            python=path / "bin" / "python",
            layers=(engine_layer, *base.layers),
            engine_layers=(engine_layer,),
            has_torch=base.has_torch,
            torch_problem=torch_problem,
            read_only=(*_prefixes(path, base), path, base.path, *([base.shared] if base.shared else [])),
            base=base,
            variables=Needs.load().variables_of(engine) if engine.is_real else {},
            generates=engine.generates,
        )

    def add_plugin(self, opened: OpenedPlugin, environment: Environment) -> PluginLayer:
        """Lay a plugin and its dependencies beside `environment`, which stays as it is."""
        plugin = unpack_wheel(opened.wheel, self._store)
        base = environment.base
        requirements = requirements_of(opened, base.interpreter.markers)
        with self._lock:
            known = self._dependencies.get((base.name, requirements))
        if known is None or (known.path and not self._store.find(DEPENDENCIES, known.path.name)):
            known = provide_dependencies(
                requirements, base, self._store, self._sources, compile_byte_code=self._compile
            )
            with self._lock:
                self._dependencies[base.name, requirements] = known
        return PluginLayer((plugin,), (known.path,) if known.path else (), known.missing)

    def interrupt(self) -> None:
        """End installations under way; the calls that wait for them raise `EnvironmentMakingError`."""
        interrupt_uv()

    def _base(self, platform: Platform, *, torch: bool) -> tuple[Base, str]:
        with self._lock:
            problem = self._torch_problems.get(platform, "")
        if torch and not problem:
            try:
                return self._provide_base(platform, torch=True), ""
            except EnvironmentMakingError as error:
                problem = str(error)
                with self._lock:
                    self._torch_problems[platform] = problem
        return self._provide_base(platform, torch=False), problem if torch else ""

    def _provide_base(self, platform: Platform, *, torch: bool) -> Base:
        return provide_base(
            platform,
            self._store,
            self._sources,
            torch=torch,
            interpreter=self._find(platform),
            compile_byte_code=self._compile,
        )

    def _with_packages(self, engine: Engine, base: Base, torch_problem: str) -> Base:
        wanted = Needs.load().base_of(engine)
        if not base.has_torch:
            raise EnvironmentMakingError(
                f"vLLM {engine.release} does not run without torch. {torch_problem}".strip(),
                next_step="Allow torch, or take the reference engine.",
            )
        shared = provide_packages(wanted, base, self._store, self._sources, compile_byte_code=self._compile)
        return msgspec.structs.replace(base, shared=shared, preload=wanted.preload)

    def _install(self, path: Path, wheel: Path, engine: Engine, base: Base) -> None:
        make_venv(path, base.interpreter)
        layer = site_packages(path, base.interpreter)
        # The base's packages come after the engine's own, as if they were installed together.
        behind = [*map(str, base.layers), *([str(self._stand_ins)] if self._stand_ins else [])]
        (layer / "base.pth").write_text("".join(f"{place}\n" for place in behind))
        (layer / "layers.pth").write_text(LAYERS_PTH)
        arguments = ["pip", "install", "--quiet", *installing_arguments(path, base.interpreter)]
        # Of a real engine the store keeps the wheel, and a copy in uv's own cache would be one too many.
        arguments += ["--no-cache"] if engine.is_real else []
        result = run_uv(
            [*arguments, "--no-deps", "--no-index", "--no-config", str(wheel)],
            directory=path.parent,
            seconds=INSTALL_SECONDS,
        )
        if not result.ok:
            raise EnvironmentMakingError(
                f"The engine {engine.id} cannot be installed from {wheel.name}:\n{result.last_lines}\n",
                next_step="See that the store's disk has space and that the engine's wheel is whole.",
            )
        if self._compile is not None:
            self._compile(layer)

    def _wheel(self, engine: Engine) -> tuple[Path, str]:
        with self._lock:
            known = self._wheels.get(engine)
        if known is None:
            if engine.is_real:
                wheel = wheel_of(engine, self._store, self._sources)
            else:
                wheel = self._build(engine.release, self._store.root)
            known = wheel, sha256(wheel)
            with self._lock:
                self._wheels[engine] = known
        return known


def _prefixes(path: Path, base: Base) -> tuple[Path, ...]:
    """Directories of the interpreter: the real one and, where links lead to it, the one the links name."""
    if base.interpreter.image:
        return ()
    target = (path / "bin" / "python").readlink()
    found = dict.fromkeys((base.interpreter.prefix, target.parent.parent))
    return tuple(prefix for prefix in found if prefix.is_absolute() and prefix not in _SYSTEM_PREFIXES)
