"""Absent modules that are stood in for: what plugins do with them goes on, and is recorded."""

# ruff: noqa: E501 - a line of a table is one thing that a plugin does

import pytest
from cell import Cell, all_of, only

from plugin_matrix.model.observation import Child, Load, PlatformSeen, Register

DONE_WITH_IT = {
    "attributes and calls": "absent.a.b.c(1, key=2).d()",
    "a name of a module": "from absent.deep.module import thing; thing()",
    "a submodule by name": "import absent.x.y; absent.x.y.z",
    "importlib": "import importlib; importlib.import_module('absent.x').y",
    "a star import": "from absent import *",
    "an attribute that is set": "absent.config.flag = False\nassert absent.config.flag is False",
    "an attribute that is deleted": "absent.config.flag = False\ndel absent.config.flag",
    "the same attribute twice": "assert absent.a is absent.a and absent.a.b is absent.a.b",
    "a base class": "class A(absent.Base):\n    def f(self): return 1\nassert A(1, x=2).f() == 1; A().anything",
    "a base class beside another": (
        "class Other:\n    def __init__(self, x): self.x = x\n    def __getattr__(self, name):\n"
        "        if name == 'y': return 5\n        raise AttributeError(name)\n"
        "class A(absent.Base, Other): pass\nassert A(3).x == 3 and A(3).y == 5 and A(3).z"
    ),
    "an abstract base beside it": (
        "import abc\nclass A(absent.Base, abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\n"
        "class B(A):\n    def f(self): ...\nB()"
    ),
    "a class keyword": "class A(absent.Base, option=True): pass",
    "a metaclass": "class A(metaclass=absent.Meta): pass",
    "a decorator": "@absent.jit\ndef f(): return 7\nassert f() == 7",
    "a decorator with arguments": "@absent.jit(static=[1])\ndef f(): return 7\nassert f() == 7",
    "a decorated class": "@absent.register('x')\nclass A: pass\nassert isinstance(A(), A)",
    "a decorated static method": "class A:\n    @absent.jit\n    @staticmethod\n    def f(): return 7\nassert A.f() == 7",
    "a block": "with absent.stream() as s, absent.graph(s): s.synchronize()",
    "an asynchronous block": (
        "import asyncio\nasync def f():\n    async with absent.x() as y: await y.go()\nasyncio.run(f())"
    ),
    "instances": "assert not isinstance(1, absent.Tensor); assert isinstance(absent.Tensor(), absent.Tensor)",
    "instances of a class derived from it": "class A(absent.B): pass\nassert isinstance(A(), absent.B)",
    "subclasses": "assert not issubclass(int, absent.B) and not issubclass(absent.B, int)",
    "types": "from typing import Optional, Union\nOptional[absent.T]; Union[int, absent.T]; int | absent.T; absent.T[int]",
    "an annotation of a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: absent.T = absent.T()\nA()"
    ),
    "iteration": "for x in absent.devices(): raise SystemExit\nassert list(absent.x) == [] and len(absent.x) == 0",
    "membership": "assert 'x' not in absent.names",
    "next": "assert next(absent.x, None) is None",
    "unpacking": "a, b = absent.shape; (c, *d) = absent.shape; a.x, b.y, c.z",
    "unpacked arguments": "print(*absent.x, **absent.y)",
    "items": "absent.table['x'].y; absent.rows[-1][0]; absent.table['k'] = 1\nassert absent.table['k'] == 1",
    "arithmetic": "(1 + absent.x * 2 - absent.y) // 3 % 2 ** absent.z @ absent.w; -absent.x; abs(absent.x); divmod(7, absent.x)",
    "arithmetic in place": "x = 1\nx += absent.x\nx |= 4",
    "rounding": "import math\nround(absent.x, 2); math.floor(absent.x)",
    "texts": "f'{absent.x} {absent.x:>10} {absent.x!r}'; '%s' % absent.x; 'a' + absent.x; str(absent)",
    "numbers": "assert int(absent.n) == 1 and float(absent.n) == 1.0 and list(range(absent.n)) == [0]",
    "truth": "assert absent.is_available()",
    "counting up to it ends": "n = 0\nwhile n < absent.count(): n += 1\nassert n == 1",
    "order": "assert absent.capability >= (8, 0) and absent.v > 'x' and not absent.v < 'x' and 0 < absent.n <= 1",
    "equality": "assert absent.x == absent.x and absent.x != absent.y and absent.x != 0; {absent.x: 1}",
    "a version": "from packaging.version import Version\nassert Version(absent.__version__) > Version('2.5')",
    "versions by hand": "assert tuple(map(int, absent.__version__.split('.')[:2])) >= (2, 1)",
    "a place": "import os\nos.path.join(os.path.dirname(absent.__file__), 'lib'); os.path.exists(absent.path)",
    "an exception": "try:\n    raise absent.DeviceError('x')\nexcept absent.DeviceError as error:\n    assert str(error) == 'x'",
    "pickling": "import pickle\nassert repr(pickle.loads(pickle.dumps(absent.a.b))) == repr(absent.a.b)",
    "pickling the module": "import pickle\nassert pickle.loads(pickle.dumps(absent)).__name__ == 'absent'",
    "copies": "import copy\nassert copy.deepcopy({'x': absent.x})['x'] is absent.x and copy.copy(absent.x) is absent.x",
    "a name": "assert absent.f.__name__ == 'f' and absent.f.__qualname__ == 'f'",
    "functools": "import functools\nfunctools.wraps(absent.f)(lambda: 1); functools.partial(absent.f, 1)()",
    "a signature": "import inspect\nassert len(inspect.signature(absent.f).parameters) == 2",
    "inspection": "import inspect\nassert not inspect.isclass(absent.x) and not inspect.isfunction(absent.x)",
    "a dunder of a library": "assert not hasattr(absent.x, '__array__') and not hasattr(absent.x, '__wrapped__')",
    "a weak reference": "import weakref\nweakref.ref(absent.x)",
    "a spec": "from importlib.util import find_spec\nassert find_spec('absent') and find_spec('absent.x')",
}


@pytest.mark.parametrize("done", DONE_WITH_IT)
def test_a_plugin_can_do_anything_with_a_stand_in(cell: Cell, done: str) -> None:
    body = "import absent\n" + DONE_WITH_IT[done] + "\n"
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    at_the_top = "import *" in body  # Python has it nowhere else
    source = f"{body}def register(): ...\n" if at_the_top else f"def register():\n{indented}"
    observation = cell.observe(source, stand_ins=["absent"], repeat=2)
    assert only(observation, Load).raised is None
    seen = only(observation, Register)
    assert [call.raised for call in seen.calls] == [None, None]
    assert ("import", "absent") in {(use.kind, use.path) for use in seen.stand_ins}


def told(scenario: Load | Register | Child | PlatformSeen) -> set[tuple[str, str]]:
    return {(use.kind, use.path) for use in scenario.stand_ins}


def test_what_is_done_with_a_stand_in_is_recorded(cell: Cell) -> None:
    observation = cell.observe(
        "import absent.npu\n"
        "class A(absent.Base): ...\n"
        "def register():\n"
        "    if absent.npu.is_available(): absent.npu.init()\n",
        stand_ins=["absent"],
    )
    loaded = {
        ("import", "absent"),
        ("import", "absent.npu"),
        ("attribute", "absent.Base"),
        ("subclass", "absent.Base"),
    }
    assert told(only(observation, Load)) == loaded
    assert told(only(observation, Register)) == loaded | {
        ("attribute", "absent.npu.is_available"),
        ("call", "absent.npu.is_available"),
        ("value", "absent.npu.is_available()"),
        ("attribute", "absent.npu.init"),
        ("call", "absent.npu.init"),
    }


def test_the_record_is_bounded(cell: Cell) -> None:
    source = "import absent\ndef register():\n    for n in range(5000): getattr(absent, 'a' * n + 'x')()\n"
    seen = only(cell.observe(source, stand_ins=["absent"]), Register)
    assert len(seen.stand_ins) == 200
    assert max(len(use.path) for use in seen.stand_ins) <= 200


def test_a_module_that_is_present_is_never_stood_in_for(cell: Cell) -> None:
    observation = cell.run(
        "import beside\ndef register(): beside.present\n",
        modules={"beside": "present = 1\n"},
        stand_ins=["beside", "json", "vllm"],
    )[0]
    assert only(observation, Register).calls[0].raised is None
    assert told(only(observation, Register)) == set()


@pytest.mark.parametrize("module", ["vllm.absent", "vllm_absent_too", "acme_part", "json.absent"])
def test_nothing_else_is_stood_in_for(cell: Cell, module: str) -> None:
    observation = cell.observe(
        f"import {module}\ndef register(): ...\n", stand_ins=["absent", "vllm", "json", "acme"]
    )
    raised = only(observation, Load).raised
    assert raised is not None
    assert raised.type == "ModuleNotFoundError"


def test_without_being_asked_for_nothing_is_stood_in_for(cell: Cell) -> None:
    observation = cell.observe("import absent\ndef register(): ...\n")
    raised = only(observation, Load).raised
    assert raised is not None
    assert raised.missing_module == "absent"


def test_metadata_of_what_is_stood_in_for_is_absent(cell: Cell) -> None:
    observation = cell.observe(
        "from importlib.metadata import version\ndef register(): version('absent')\n", stand_ins=["absent"]
    )
    raised = only(observation, Register).calls[0].raised
    assert raised is not None
    assert raised.type == "importlib.metadata.PackageNotFoundError"


MISSED = {
    "at the top of a module": ("import absent", True),
    "a part of it": ("import absent.part", True),
    "a name of it": ("from absent import name", True),
    "in a try that catches something else": ("try:\n    import absent\nexcept KeyError: ...", True),
    "in a try that raises again": (
        "try:\n    import absent\nexcept ImportError as error:\n    raise RuntimeError from error",
        True,
    ),
    "by name": ("import importlib\nimportlib.import_module('absent')", True),
    "in a try": ("try:\n    import absent\nexcept ImportError:\n    absent = None", False),
    "in a try that catches everything": ("try:\n    import absent\nexcept: ...", False),
    "in a try that defines what raises": (
        "try:\n    import absent\nexcept ImportError:\n    class A:\n        def f(self): raise ImportError",
        False,
    ),
    "in a try that raises again under a condition": (
        "try:\n    import absent\nexcept ImportError:\n    if 'absent' == 'present': raise",
        False,
    ),
    "by Python's own function": ("__import__('absent')", True),
    "by code that is not shown": (
        (
            "import ctypes\nload = ctypes.PyDLL(None).PyImport_ImportModule\nload.restype = ctypes.py_object\n"
            "class Quiet:\n    def __enter__(self): ...\n    def __exit__(self, *_): return True\n"
            "with Quiet(): load(b'absent')"
        ),
        False,
    ),
    "by code that is shown, in the same block": (
        (
            "class Quiet:\n    def __enter__(self): ...\n    def __exit__(self, *_): return True\n"
            "with Quiet(): import absent"
        ),
        True,
    ),
    "suppressed": ("import contextlib\nwith contextlib.suppress(ImportError):\n    import absent", False),
    "asked for": ("import importlib.util\nhere = importlib.util.find_spec('absent')", False),
    "in a module whose import is tried": ("try:\n    import acme_inner\nexcept ImportError: ...", False),
}


@pytest.mark.parametrize("how", MISSED)
def test_what_a_plugin_cannot_do_without_is_stood_in_for(cell: Cell, how: str) -> None:
    source, missed = MISSED[how]
    observation = cell.run(
        f"{source}\ndef register(): ...\n",
        modules={"acme_inner": "import absent\n"},
        stand_in_missing=True,
    )[0]
    loaded = only(observation, Load)
    assert loaded.raised is None
    assert (("import", "absent") in told(loaded)) is missed


@pytest.mark.parametrize("module", ["acme.gone", "vllm.gone", "annotationlib", "distutils", "torch", "vllm"])
def test_what_is_missed_and_is_no_other_distributions_is_not_stood_in_for(cell: Cell, module: str) -> None:
    observation = cell.observe(
        f"try: import {module}\nexcept ImportError: raise\ndef register(): ...\n", stand_in_missing=True
    )
    assert told(only(observation, Load)) == set()


def test_spawned_workers_have_the_stand_ins_too(cell: Cell) -> None:
    observation = cell.observe("import absent\ndef register(): absent.called()\n", stand_ins=["absent"])
    for seen in all_of(observation, Child):
        assert seen.raised is None
        assert ("call", "absent.called") in told(seen)
    assert [seen.method for seen in all_of(observation, Child)] == ["fork", "spawn"]


def test_a_python_that_the_plugin_starts_has_the_stand_ins_too(cell: Cell) -> None:
    observation = cell.observe(
        "import subprocess, sys\n"
        "def register():\n"
        "    code = 'import absent; absent.x.y()'\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)\n",
        stand_ins=["absent"],
    )
    assert only(observation, Register).calls[0].raised is None
