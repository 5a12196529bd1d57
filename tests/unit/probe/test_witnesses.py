"""Programs run on a small engine: how far each comes, and what it raises."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cell import PROBE

from plugin_matrix.model.signature import Kind, Parameter, Shape, Signature
from plugin_matrix.model.witness import (
    BindCall,
    DeriveDataclass,
    FindKind,
    ImportName,
    LookUp,
    MakeInstance,
    Program,
    TakeCall,
)

ENGINE = {
    "vllm/__init__.py": "",
    "vllm/utils/__init__.py": "from vllm.utils.inner import moved\ndef cdiv(a, b, *, up=True): ...\n",
    "vllm/utils/inner.py": "moved = 1\n",
    "vllm/needs.py": "import absent_thing\n",
    "vllm/raises.py": "raise RuntimeError('no device')\n",
    "vllm/leaves.py": "import os\nos._exit(3)\n",
    "vllm/lazy.py": "def __getattr__(name):\n  if name == 'late': return 1\n  raise AttributeError(name)\n",
    "vllm/base.py": (
        "import abc, dataclasses, functools\n"
        "class Base(abc.ABC):\n"
        "    here: int\n"
        "    def __init__(self, config, prefix=''): self.set_in_init = config\n"
        "    @abc.abstractmethod\n"
        "    def must(self): ...\n"
        "    @abc.abstractmethod\n"
        "    def also(self): ...\n"
        "    def method(self, a, b, *, new=None): ...\n"
        "    @classmethod\n"
        "    def made(cls, a): ...\n"
        "    @staticmethod\n"
        "    def alone(a): ...\n"
        "    @property\n"
        "    def value(self): ...\n"
        "    @functools.cached_property\n"
        "    def kept(self): ...\n"
        "class Other: other = 1\n"
        "class Open:\n"
        "    def __getattr__(self, name): ...\n"
        "@dataclasses.dataclass\n"
        "class Plain:\n"
        "    a: int\n"
        "@dataclasses.dataclass\n"
        "class Defaults:\n"
        "    a: int = 0\n"
    ),
    "vllm/caller.py": "def run(it, args): it.method(1, b=2, new=3); it.method(*args)\n",
}


def taking(*parameters: Parameter) -> Signature:
    return Signature(parameters)


A, B = Parameter("a"), Parameter("b")
NEW = Parameter("new", Kind.KEYWORD_ONLY, has_default=True)
ANY = Parameter("kwargs", Kind.VAR_KEYWORD)
METHOD = ("vllm.base.Base.method",)
MADE_CALL = Shape(1, ("b", "new"))

FROM_CALLER: dict[str, Any] = {"bound": True, "shape": MADE_CALL, "caller": "vllm.caller"}

ROWS: dict[str, tuple[Program, str, str]] = {
    "a module": (ImportName("vllm.utils"), "worked", ""),
    "a module that is absent": (ImportName("vllm.gone"), "failed", "No module named 'vllm.gone'"),
    "a module below one that is absent": (
        ImportName("vllm.gone.inner"),
        "failed",
        "No module named 'vllm.gone'",
    ),
    "a module that lacks another": (ImportName("vllm.needs"), "reach", "No module named 'absent_thing'"),
    "a module that raises": (ImportName("vllm.raises"), "reach", "RuntimeError: no device"),
    "a module that ends the process": (ImportName("vllm.leaves"), "reach", "the process ended (exit 3)"),
    "a name": (ImportName("vllm.utils", "cdiv"), "worked", ""),
    "a submodule as a name": (ImportName("vllm", "base"), "worked", ""),
    "a name that comes when asked for": (ImportName("vllm.lazy", "late"), "worked", ""),
    "a name that is absent": (
        ImportName("vllm.utils", "gone"),
        "failed",
        "cannot import name 'gone' from 'vllm.utils'",
    ),
    "a name of a module that is absent": (
        ImportName("vllm.gone", "x"),
        "reach",
        "No module named 'vllm.gone'",
    ),
    "a submodule that lacks another": (ImportName("vllm", "needs"), "reach", "absent_thing"),
    "an attribute of a module": (LookUp(("vllm.utils",), "moved"), "worked", ""),
    "a submodule as an attribute": (LookUp(("vllm.utils",), "inner"), "worked", ""),
    "an attribute that is absent": (LookUp(("vllm.utils",), "gone"), "failed", "no attribute 'gone'"),
    "an attribute of what is absent": (LookUp(("vllm.gone",), "x"), "failed", "No module named 'vllm.gone'"),
    "an attribute of a class": (LookUp(("vllm.base.Base",), "method"), "worked", ""),
    "an attribute of one of two": (LookUp(("vllm.base.Base", "vllm.base.Other"), "other"), "worked", ""),
    "an attribute of what is elsewhere": (
        LookUp(("vllm.gone.Base",), "method", elsewhere="vllm.base.Base"),
        "worked",
        "",
    ),
    "an attribute that is annotated": (LookUp(("vllm.base.Base",), "here", instance=True), "worked", ""),
    "an attribute that a method sets": (
        LookUp(("vllm.base.Base",), "set_in_init", instance=True),
        "worked",
        "",
    ),
    "an attribute that nothing sets": (
        LookUp(("vllm.base.Base",), "gone", instance=True),
        "failed",
        "nothing sets one",
    ),
    "an attribute that may be made": (
        LookUp(("vllm.base.Open",), "x", instance=True),
        "reach",
        "only running",
    ),
    "an attribute of instances of no class": (
        LookUp(("vllm.utils.cdiv",), "x", instance=True),
        "reach",
        "is no class",
    ),
    "a call": (BindCall(("vllm.utils.cdiv",), Shape(2)), "worked", ""),
    "a call that does not bind": (BindCall(("vllm.utils.cdiv",), Shape(3)), "failed", "too many positional"),
    "a call of what is absent": (
        BindCall(("vllm.utils.gone",), Shape(3)),
        "reach",
        "vllm.utils.gone is not there",
    ),
    "a call of the second": (BindCall(("vllm.utils.gone", "vllm.utils.cdiv"), Shape(2)), "worked", ""),
    "a constructor": (BindCall(("vllm.base.Base",), Shape(1, ("prefix",))), "worked", ""),
    "a constructor that lacks one": (BindCall(("vllm.base.Base",), Shape()), "failed", "'config'"),
    "a dataclass": (BindCall(("vllm.base.Plain",), Shape(0, ("a", "b"))), "failed", "'b'"),
    "a method": (BindCall(METHOD, Shape(2), bound=True), "worked", ""),
    "a method through its class": (BindCall(METHOD, Shape(3)), "worked", ""),
    "a method that lacks one": (BindCall(METHOD, Shape(1), bound=True), "failed", "'b'"),
    "a class method": (BindCall(("vllm.base.Base.made",), Shape(1)), "worked", ""),
    "a static method": (BindCall(("vllm.base.Base.alone",), Shape(1), bound=True), "worked", ""),
    "a property": (BindCall(("vllm.base.Base.value",), Shape(1)), "reach", "is no function"),
    "a call with stars": (BindCall(("vllm.utils.cdiv",), Shape(0, (), star=True)), "worked", ""),
    "a call with stars that fails all the same": (
        BindCall(("vllm.utils.cdiv",), Shape(0, ("no",), double_star=True)),
        "failed",
        "'no'",
    ),
    "an override": (TakeCall(METHOD, taking(A, B, NEW), **FROM_CALLER), "worked", ""),
    "an override that takes anything": (
        TakeCall(METHOD, taking(A, ANY), **FROM_CALLER),
        "worked",
        "",
    ),
    "an override without a parameter": (
        TakeCall(METHOD, taking(A, B), **FROM_CALLER),
        "failed",
        "'new'",
    ),
    "a call that vLLM's own does not take": (
        TakeCall(METHOD, taking(A, B), bound=True, shape=Shape(1, ("b", "later")), caller="vllm.caller"),
        "no-call",
        "takes no such call",
    ),
    "a call that is not made": (
        TakeCall(METHOD, taking(A, B), bound=True, shape=Shape(2, ("new",)), caller="vllm.caller"),
        "no-call",
        "makes no such call",
    ),
    "a call by a module that is absent": (
        TakeCall(METHOD, taking(A, B), bound=True, shape=MADE_CALL, caller="vllm.gone"),
        "no-call",
        "makes no such call",
    ),
    "what is demanded": (TakeCall(METHOD, taking(A, B), bound=True), "worked", ""),
    "what is demanded and not taken": (TakeCall(METHOD, taking(A), bound=True), "failed", "too many"),
    "an abstract member left out": (
        MakeInstance(("vllm.base.Base",), ("also",), "must"),
        "failed",
        "abstract",
    ),
    "another one left out": (MakeInstance(("vllm.base.Base",), ("must",), "must"), "worked", ""),
    "nothing left out": (MakeInstance(("vllm.base.Base",), ("must", "also"), "must"), "worked", ""),
    "fields behind defaults": (
        DeriveDataclass("vllm.base.Defaults", (("x", False),)),
        "failed",
        "non-default argument 'x'",
    ),
    "fields behind none": (DeriveDataclass("vllm.base.Plain", (("x", False),)), "worked", ""),
    "a method where there is one": (FindKind(METHOD, "method"), "worked", ""),
    "a class method in the place of a method": (FindKind(METHOD, "class or static method"), "worked", ""),
    "a method in the place of a class method": (
        FindKind(("vllm.base.Base.made",), "method"),
        "failed",
        "is a class or static method",
    ),
    "a method in the place of a property": (
        FindKind(("vllm.base.Base.value",), "method"),
        "failed",
        "is a property",
    ),
    "a property in the place of a cached one": (FindKind(("vllm.base.Base.kept",), "property"), "worked", ""),
    "a kind of what has none": (FindKind(("vllm.base.Other.other",), "method"), "reach", "is a int"),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    directory = tmp_path_factory.mktemp("witnesses")
    for name, source in ENGINE.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(source)
    return ran(directory, {name: row[0] for name, row in ROWS.items()}, 60)


def ran(directory: Path, programs: dict[str, Program], seconds: float) -> dict[str, dict[str, str]]:
    request, result = directory / "request.json", directory / "result.json"
    content = {"schema": 1, "programs": list(programs.values()), "seconds": seconds}
    request.write_bytes(msgspec.json.encode(content))
    command = [sys.executable, "-B", str(PROBE / "__main__.py"), "--witness", str(request), str(result)]
    subprocess.run(command, env={"PYTHONPATH": str(directory)}, check=True, timeout=120)
    return dict(zip(programs, json.loads(result.read_bytes())["results"], strict=True))


@pytest.mark.parametrize("name", ROWS)
def test_a_program_comes_as_far_as_python_lets_it(results: dict[str, dict[str, str]], name: str) -> None:
    _, step, message = ROWS[name]
    assert results[name]["step"] == step, results[name]
    assert message in results[name]["message"]


def test_a_program_that_hangs_costs_itself_alone(tmp_path: Path) -> None:
    (tmp_path / "vllm").mkdir()
    (tmp_path / "vllm/__init__.py").write_text("")
    (tmp_path / "vllm/hangs.py").write_text("import time\ntime.sleep(600)\n")
    programs: dict[str, Program] = {
        "before": ImportName("vllm"),
        "hangs": ImportName("vllm.hangs"),
        "after": ImportName("vllm", "no"),
    }
    steps = {name: one["step"] for name, one in ran(tmp_path, programs, 2).items()}
    assert steps == {"before": "worked", "hangs": "reach", "after": "failed"}
