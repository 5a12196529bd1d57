"""Inspecting a lazily registered model in a process of its own, and the cache of what was found.

`vllm/model_executor/models/registry.py`: `_run_in_subprocess` (0.6.3),
`_LazyRegisteredModel.inspect_model_cls` with its cache (0.11.0), where the file to hash is found (0.22.0,
0.29.0) and how (0.25.0).
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, List, Optional

from vllm._reference import at_least, value
from vllm._reference.engine.model_info import model_info
from vllm.logger import init_logger

logger = init_logger("vllm.model_executor.models.registry")

_IN_TREE = "vllm.model_executor.models."


def run_in_subprocess(function: Callable[[], Any], command: List[str]) -> Any:
    """Run a picklable function in `command`, which loads the general plugins first; return its result.

    Raises RuntimeError with the child's standard error when it fails.
    """
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "registry_output.tmp")
        returned = subprocess.run(
            command, input=pickle.dumps((function, output)), capture_output=True, check=False
        )
        try:
            returned.check_returncode()
        except Exception as error:
            raise RuntimeError(f"Error raised in subprocess:\n{returned.stderr.decode()}") from error
        with open(output, "rb") as file:
            return pickle.load(file)  # noqa: S301 - written by our child


def serve_subprocess() -> None:
    """Return the child's side: load general plugins, run the function on standard input, write its result."""
    from vllm.plugins import load_general_plugins

    load_general_plugins()
    function, output = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - written by our parent
    result = function()
    with open(output, "wb") as file:
        file.write(pickle.dumps(result))


def uses_cache() -> bool:
    """Tell whether this release keeps what it found on disk."""
    return value("lazy_model_inspection").startswith("subprocess-cache")


def hashed_file(module_name: str, models_directory: Path) -> Optional[Path]:
    """Return the file whose content decides whether the cache is stale, None for "do not cache".

    Up to 0.21.0 the in-tree file of the same last name, whoever's module it is. From 0.22.0 an out-of-tree
    module is located, which imports its parent packages in this process.
    """
    in_tree = models_directory / (module_name.rsplit(".", maxsplit=1)[-1] + ".py")
    if not at_least("0.22.0"):
        return in_tree if in_tree.exists() else None
    if module_name.startswith(_IN_TREE) and (in_tree.exists() or not at_least("0.29.0")):
        return in_tree if in_tree.exists() else None
    try:
        spec = importlib.util.find_spec(module_name)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin:
        return None
    path = Path(spec.origin)
    return path if path.exists() else None


def content_hash(path: Path) -> str:
    """Hash of one file; from 0.25.0 a package's `__init__.py` stands for every file below it."""
    if not at_least("0.25.0"):
        return hashlib.md5(path.read_bytes()).hexdigest()  # noqa: S324 - names a cache entry, protects nothing
    root = path.parent
    paths = sorted(root.rglob("*.py")) if path.name == "__init__.py" else [path]
    digest = hashlib.md5()  # noqa: S324 - as above
    for part in paths:
        digest.update(part.relative_to(root).as_posix().encode() + b"\0")
        digest.update(part.read_bytes() + b"\0")
    return digest.hexdigest()


def cache_directory() -> Path:
    """`modelinfos` below `VLLM_CACHE_ROOT`, by default `$XDG_CACHE_HOME/vllm` or `~/.cache/vllm`."""
    from vllm import envs

    default = os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "vllm")
    return Path(os.path.expanduser(envs.VLLM_CACHE_ROOT or default)) / "modelinfos"


def cache_filename(module_name: str, class_name: str) -> str:
    """Name of the cache entry of a class."""
    return f"{module_name}-{class_name}".replace(".", "-") + ".json"


def load_cached(module_name: str, class_name: str, module_hash: str) -> Any:
    """Return the cached info, None when there is none, when it is stale or broken."""
    try:
        with open(cache_directory() / cache_filename(module_name, class_name), encoding="utf-8") as file:
            cached = json.load(file)
        if cached["hash"] != module_hash:
            logger.debug("Cached model info file for class %s.%s is stale", module_name, class_name)
            return None
        return model_info()(**cached["modelinfo"])
    except FileNotFoundError:
        logger.debug("Cached model info file for class %s.%s not found", module_name, class_name)
    except Exception:
        logger.exception("Cached model info for class %s.%s error. ", module_name, class_name)
    return None


def save_cached(info: Any, module_name: str, class_name: str, module_hash: str) -> None:
    """Write the cache entry atomically; trouble is logged and ignored."""
    try:
        directory = cache_directory()
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=str(directory), delete=False) as file:
            json.dump({"hash": module_hash, "modelinfo": dataclasses.asdict(info)}, file, indent=2)
        os.replace(file.name, directory / cache_filename(module_name, class_name))
    except Exception:
        logger.exception("Error saving model info cache.")
