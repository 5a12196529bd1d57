"""Third-party packages that real releases share: locked in the project, laid beside a platform's base.

`python -m plugin_matrix.engines.packages` renews the locks from what the releases require.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from plugin_matrix.engines.base import INSTALL_SECONDS, Base, CompileByteCode, installer_variables
from plugin_matrix.engines.needs import BasePackages, Needs
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.plugins.indexes import PackageSources, configured_sources
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import run_uv

KIND = "packages"
NEVER = ("torch", "torchaudio", "torchvision", "triton", "ray", "xformers", "cryptography")
"""The base has torch; of the others there is no build for CPUs, or vLLM gets on without.

cryptography is for the client of tool servers (mcp), which vLLM imports when such a server is asked for.
"""
OLDEST_PYTHON = "3.10"
"""That the locks are made for; newer ones are covered as well."""
LOCK_SECONDS = 600.0


def provide_packages(
    wanted: BasePackages,
    base: Base,
    store: Store,
    sources: PackageSources,
    *,
    compile_byte_code: CompileByteCode | None = None,
) -> Path:
    """Return the directory of the locked packages for `base`, made once.

    Raises `EnvironmentMakingError` where they cannot be installed.
    """
    lock = wanted.lock.read_bytes()
    digest = hashlib.sha256(f"{base.path.name}\0".encode() + lock).hexdigest()[:12]
    interpreter = base.interpreter

    def make(path: Path) -> None:
        python = interpreter.target_arguments if interpreter.image else ["--python", str(base.path)]
        arguments = ["pip", "install", *python, "--target", str(path), "--no-deps", "--only-binary", ":all:"]
        arguments += [] if interpreter.image else ["--compile-bytecode"]
        arguments += ["--require-hashes", "-r", str(wanted.lock), *sources.uv_arguments()]
        result = run_uv(
            arguments,
            directory=path.parent,
            seconds=INSTALL_SECONDS,
            variables=installer_variables(sources),
        )
        if not result.ok:
            raise EnvironmentMakingError(
                f"The packages that vLLM needs ({wanted.name}) cannot be installed for Python"
                f" {interpreter.version}: {result.reason}",
                next_step="Check the network and the index that pip or uv is configured with, or use a Python"
                " that these packages have wheels for.",
            )
        if compile_byte_code is not None:
            compile_byte_code(path)

    return store.entry(KIND, f"{base.path.name}-{wanted.name}-{digest}", make)


def renew(wanted: BasePackages, sources: PackageSources) -> str:
    """Write the lock of `wanted` anew; returns what uv says against it, empty for nothing."""
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-") as directory:
        never = Path(directory, "never.txt")
        never.write_text("".join(f"{name}\n" for name in NEVER))
        arguments = ["pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON]
        arguments += ["--generate-hashes", "--no-header", "--no-annotate", "--only-binary", ":all:"]
        arguments += ["--excludes", str(never)]
        if wanted.until:
            arguments += ["--exclude-newer", wanted.until]
            arguments += [f"--exclude-newer-package={name}=false" for name in wanted.undated]
        arguments += ["--upgrade", "-o", str(wanted.lock), *sources.uv_arguments(), str(wanted.requirements)]
        result = run_uv(
            arguments,
            directory=Path(directory),
            seconds=LOCK_SECONDS,
            variables=installer_variables(sources),
        )
    return "" if result.ok else result.last_lines


def main() -> int:
    """Renew every lock; returns how many could not be."""
    failed = 0
    for wanted in Needs.load().bases:
        if problem := renew(wanted, configured_sources()):
            failed += 1
            sys.stderr.write(f"{wanted.name}: {problem}\n")
    return failed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
