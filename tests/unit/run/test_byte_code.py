"""A layer's byte code: made in the sandbox, once, and never anything a plugin could hurt us with."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from struct import pack
from types import SimpleNamespace
from typing import Any

import pytest

from plugin_matrix.engines.environment import PluginLayer
from plugin_matrix.engines.interpreters import default_platforms, find_interpreter
from plugin_matrix.model import Isolation
from plugin_matrix.run import byte_code
from plugin_matrix.run.byte_code import LayerByteCode
from plugin_matrix.run.probe import PROBE
from plugin_matrix.sandbox import Command, End, Execution, Limits
from plugin_matrix.sandbox.process import ProcessSandbox

INTERPRETER = find_interpreter(default_platforms()[0])
TAG = f"cpython-{sys.version_info.major}{sys.version_info.minor}"
GOOD = "def register():\n    pass\n"


@dataclass
class FakeEnvironment:
    python: Path = INTERPRETER.executable
    read_only: tuple[Path, ...] = (INTERPRETER.prefix,)
    base: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(interpreter=INTERPRETER))


@dataclass
class FakeSandbox:
    """Answers every command with the same result."""

    result: bytes | None
    end: End = End.EXITED
    runs: int = 0

    def run(self, command: Command) -> Execution:
        self.runs += 1
        assert command.limits.wall_seconds == byte_code.COMPILE_SECONDS
        return Execution(
            end=self.end,
            code=0,
            seconds=0.1,
            output="",
            output_bytes=0,
            result=self.result,
            isolation=Isolation("process"),
        )

    def interrupt(self) -> None:
        """Do nothing."""


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_code, "MIN_SOURCE_BYTES", 1)


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    layer = tmp_path / "layers" / "0123"
    for name in ("a.py", "pkg/__init__.py", "pkg/b.py"):
        (layer / name).parent.mkdir(parents=True, exist_ok=True)
        (layer / name).write_text(GOOD)
    return layer


def compiled(tmp_path: Path, layer: Path, sandbox: Any) -> Path:
    make = LayerByteCode(tmp_path / "store", sandbox, lambda _: PROBE, Limits())
    done = make(PluginLayer((layer,), (tmp_path / "dependencies",), ("x: y",)), FakeEnvironment())  # type: ignore[arg-type]
    assert (done.dependency_paths, done.missing) == ((tmp_path / "dependencies",), ("x: y",))
    (path,) = done.plugin_paths
    return path


def byte_code_in(path: Path) -> set[str]:
    return {file.name.partition(".")[0] for file in path.rglob("*.pyc")}


def test_every_source_gets_byte_code_that_python_takes(tmp_path: Path, layer: Path) -> None:
    path = compiled(tmp_path, layer, ProcessSandbox(tmp_path / "scratch"))
    assert byte_code_in(path) == {"a", "__init__", "b"}
    assert byte_code_in(layer) == set()
    told = subprocess.run(
        [sys.executable, "-I", "-B", "-v", "-c", f"import sys; sys.path[:0] = [{str(path)!r}]; import pkg.b"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"matches {path / 'pkg' / 'b.py'}" in told.stderr


@pytest.mark.parametrize(
    ("source", "others"),
    [
        (b"def (", {"a", "__init__", "b"}),
        (b"x = '\xff\xfe'", {"a", "__init__", "b"}),
        (b"a\0b", {"a", "__init__", "b"}),
        (b"raise SystemExit(3)", {"a", "__init__", "b", "odd"}),
        (b"(" * 100_000, {"a", "__init__", "b"}),
        (b"x = " + b"-" * 1_000_000 + b"1", None),
    ],
    ids=["syntax", "encoding", "nul", "not-run", "nested", "deep"],
)
def test_a_source_that_cannot_be_compiled_costs_itself_alone(
    tmp_path: Path, layer: Path, source: bytes, others: set[str] | None
) -> None:
    (layer / "odd.py").write_bytes(source)
    (layer / "new\nline.py").write_text(GOOD)
    path = compiled(tmp_path, layer, ProcessSandbox(tmp_path / "scratch"))
    assert (path / "odd.py").read_bytes() == source
    # Where the compiler itself goes down, what comes after has none, and cells compile it as they import it.
    assert others is None or byte_code_in(path) == others | {"new\nline"}


@pytest.mark.parametrize(
    ("result", "found"),
    [
        (None, set()),
        (b"", set()),
        (b"\0\0", set()),
        (pack(">I", 2**32 - 1) + b"short", set()),
        (pack(">I", 1) + b"x" + pack(">I", 9) + b"short", {"a"}),
        (pack(">I", 0) * 2 + pack(">I", 1) + b"x", {"b"}),
        ((pack(">I", 1) + b"x") * 50, {"a", "__init__", "b"}),
    ],
)
def test_only_whole_answers_to_what_was_asked_are_taken(
    tmp_path: Path, layer: Path, result: bytes | None, found: set[str]
) -> None:
    path = compiled(tmp_path, layer, FakeSandbox(result))
    assert byte_code_in(path) == found
    assert {str(file.relative_to(path)) for file in path.rglob("*.py")} == {
        "a.py",
        "pkg/__init__.py",
        "pkg/b.py",
    }


def test_a_layer_is_compiled_once_even_when_nothing_came_of_it(tmp_path: Path, layer: Path) -> None:
    sandbox = FakeSandbox(None, end=End.WALL_TIME)
    assert compiled(tmp_path, layer, sandbox) == compiled(tmp_path, layer, sandbox) != layer
    assert sandbox.runs == 1


def test_an_interrupted_compilation_is_not_remembered(tmp_path: Path, layer: Path) -> None:
    sandbox = FakeSandbox(None, end=End.INTERRUPTED)
    assert compiled(tmp_path, layer, sandbox) == layer
    sandbox.end = End.EXITED
    assert compiled(tmp_path, layer, sandbox) != layer


def test_a_plugin_that_brings_byte_code_is_left_as_it_is(tmp_path: Path, layer: Path) -> None:
    (layer / "pkg" / "__pycache__").write_text("not even a directory")
    sandbox = FakeSandbox(b"")
    assert compiled(tmp_path, layer, sandbox) == layer
    assert sandbox.runs == 0


def test_a_small_plugin_is_not_worth_a_sandbox(
    tmp_path: Path, layer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    sandbox = FakeSandbox(b"")
    assert compiled(tmp_path, layer, sandbox) == layer
    assert sandbox.runs == 0
    (layer / "large.py").write_text("x = 1\n" * 20_000)
    assert compiled(tmp_path, layer, sandbox) != layer
    assert sandbox.runs == 1
