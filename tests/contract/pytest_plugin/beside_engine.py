"""Environments that hold an engine, pytest, the pytest plugin and a plugin under test, and nothing else."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from plugin_matrix.engines.installing import install_engine
from plugin_matrix.engines.interpreters import Interpreter, find_interpreter
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Accelerator, Engine, EngineKind, Platform
from plugin_matrix.plugins.uv import run_uv

THIS_PYTHON = "3.11"
ACME = """
import logging, os, sys

def register():
    from vllm import ModelRegistry
    ModelRegistry.register_model("AcmeForCausalLM", "acme.model:Acme")

def piles():
    logging.getLogger("vllm").addHandler(logging.NullHandler())

def wraps():
    import vllm.envs
    def wrapped(*arguments, original=vllm.envs.is_set):
        return original(*arguments)
    vllm.envs.is_set = wrapped

def fails_again(calls=[]):
    calls.append(1)
    if len(calls) == 3:
        raise ValueError("third time")

def exits():
    os._exit(3)

def per_process():
    from vllm import ModelRegistry
    ModelRegistry.register_model("Acme%dForCausalLM" % os.getpid(), "acme.model:Acme")
"""
POINTS = ("register", "piles", "wraps", "fails_again", "exits", "per_process")


class Place(NamedTuple):
    python: Path
    engine: str


def _first_of(pythons: Sequence[str]) -> Interpreter:
    """Return the first of some Pythons that this machine has; the test is skipped where it has none."""
    for python in pythons:
        try:
            return find_interpreter(Platform(Accelerator.CPU, python))
        except EnvironmentMakingError:
            continue
    pytest.skip(f"there is no CPython {' or '.join(pythons)} here")


def make_place(
    root: Path, store: Path, *, pythons: Sequence[str], release: str, pytest_version: str
) -> Place:
    interpreter = _first_of(pythons)
    venv = root / "venv"
    for arguments in (
        ["venv", "--quiet", "--python", str(interpreter.executable), str(venv)],
        ["pip", "install", "--quiet", "--python", str(venv), pytest_version],
    ):
        made = run_uv(arguments, directory=root, seconds=300)
        if not made.ok:
            pytest.skip(f"an environment with {pytest_version} cannot be made: {made.reason}")
    install_engine(Engine(EngineKind.REFERENCE, release), venv, store, torch=False)
    packages = next(venv.glob("lib/python3.*/site-packages"))
    info = packages / "acme-1.0.dist-info"
    info.mkdir()
    (packages / "acme.py").write_text(ACME)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "RECORD").write_text("acme.py,,\n")
    points = "".join(f"{name} = acme:{name}\n" for name in POINTS)
    (info / "entry_points.txt").write_text(f"[vllm.general_plugins]\n{points}")
    return Place(venv / "bin" / "python", f"{release} (reference engine)")


RunTests = Callable[..., pytest.RunResult]
