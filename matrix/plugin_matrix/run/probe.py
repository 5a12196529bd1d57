"""The probe as cells run it: a copy with byte code for the environment's Python.

Cells can write nowhere, and installers such as uv compile nothing, so without it every process of
every cell would compile the probe again.
"""

import hashlib
import shutil
import subprocess
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from plugin_matrix.engines.base import CompileByteCode
from plugin_matrix.engines.environment import Environment
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.plugins.store import Store

PROBE = Path(str(files("plugin_matrix"))) / "probe"
KIND = "probes"
COMPILE_SECONDS = 120.0


class CompiledProbe:
    """Copies of the probe in a store, one for each of its contents and Python."""

    def __init__(self, store: Path, compile_byte_code: CompileByteCode | None = None) -> None:
        """Keep copies in `store`; `compile_byte_code` compiles for Pythons that are not on this machine."""
        self._store = Store(store)
        self._compile = compile_byte_code

    def __call__(self, environment: Environment) -> Path:
        """Return the probe's directory for `environment`; raises `EnvironmentMakingError`."""
        interpreter = environment.base.interpreter
        key = hashlib.sha256(f"{self._content}\0{interpreter.version}".encode()).hexdigest()[:16]

        def make(path: Path) -> None:
            shutil.copytree(PROBE, path, ignore=shutil.ignore_patterns("__pycache__"))
            if self._compile is not None:
                self._compile(path)
                return
            command = [str(interpreter.executable), "-I", "-m", "compileall", "-q", str(path)]
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False
            )
            if done.returncode:
                last = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["no reason given"]
                raise EnvironmentMakingError(
                    f"Python {interpreter.version} cannot compile the probe: {last[0]}.",
                    next_step="The probe runs on CPython 3.9 and newer.",
                )

        return self._store.entry(KIND, key, make)

    @cached_property
    def _content(self) -> str:
        digest = hashlib.sha256()
        for file in sorted(PROBE.rglob("*.py")):
            digest.update(f"{file.relative_to(PROBE)}\0".encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()
