# ruff: noqa: E501 - a row of the table is read on one line
"""Guards held to Python: they hold on exactly the releases on which running the plugin gets there."""

import contextlib
import sys
import types
from collections.abc import Iterator

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from plugin_matrix.plugins.uses.records import (
    All,
    Always,
    AnyOf,
    Attribute,
    Exists,
    Guard,
    HasArchitecture,
    IsSet,
    Not,
    OnRelease,
    Unknown,
)

from .told import uses_of

RELEASES = (
    *("0.5.3", "0.6.3.post1", "0.6.6", "0.7.3", "0.8.5.post1", "0.9.0", "0.9.0.1", "0.9.1", "0.9.2"),
    *("0.10.0", "0.10.1.1", "0.10.2", "0.11.0", "0.11.1", "0.11.2", "0.12.0", "0.13.0", "0.20.1", "0.33.0"),
)
SINCE = {"vllm.new": "0.11.0", "vllm.newer": "0.12.0"}
"""Modules of the made-up vLLM, and since when it has them."""

_VERSION = "from packaging.version import Version, parse\nimport packaging.version\nimport vllm\n"
_HELPER = """
from functools import lru_cache
@lru_cache
def vllm_version_is(target):
    import os
    if os.environ.get("NOT_SET_AT_ALL") is not None:
        v = os.environ["NOT_SET_AT_ALL"]
    else:
        import vllm
        v = vllm.__version__
    try:
        return Version(v) == Version(target)
    except ValueError:
        raise RuntimeError(v)
"""

CONDITIONS = (
    # versions
    'Version(vllm.__version__) >= Version("0.11.0")',
    'Version(vllm.__version__) > Version("0.11.0")',
    'Version(vllm.__version__) < Version("0.11.0")',
    'Version(vllm.__version__) <= Version("0.11.0")',
    'Version(vllm.__version__) == Version("0.11.0")',
    'Version(vllm.__version__) != Version("0.11.0")',
    'Version("0.11.0") <= Version(vllm.__version__)',
    'Version("0.11.0") > Version(vllm.__version__)',
    'Version("0.9.1") <= Version(vllm.__version__) < Version("0.11.1")',
    'Version(vllm.__version__) >= Version("0.11")',
    'parse(vllm.__version__) >= parse("0.10.1")',
    'packaging.version.parse(vllm.__version__) >= packaging.version.Version("0.10.1.1")',
    'Version(vllm.version.__version__) >= Version("0.10.0")',
    'not Version(vllm.__version__) >= Version("0.11.0")',
    'Version(vllm.__version__) >= Version("0.9.0") and Version(vllm.__version__) < Version("0.10.0")',
    'Version(vllm.__version__) < Version("0.9.0") or Version(vllm.__version__) > Version("0.10.2")',
    'not (Version(vllm.__version__) < Version("0.9.0") or Version(vllm.__version__) > Version("0.10.2"))',
    'True if Version(vllm.__version__) > Version("0.11.0") else False',
    'bool(Version(vllm.__version__) > Version("0.11.0"))',
    'any((Version(vllm.__version__) == Version("0.9.0"), Version(vllm.__version__) > Version("0.12.0")))',
    'all([Version(vllm.__version__) > Version("0.9.0"), Version(vllm.__version__) < Version("0.12.0")])',
    'Version(vllm.__version__) in (Version("0.9.0"), Version("0.9.1"))',
    'Version(Version(vllm.__version__).base_version) >= Version("0.11.0")',
    'Version(vllm.__version__.split("+")[0]) >= Version("0.11.0")',
    # texts
    'vllm.__version__ == "0.9.0"',
    'vllm.__version__ != "0.9.0"',
    '"0.9.0" == vllm.__version__',
    'vllm.__version__ in ("0.9.0", "0.9.1")',
    'vllm.__version__ not in ["0.9.0", "0.9.1"]',
    'vllm.__version__ in {"0.9.0"}',
    'vllm.__version__.startswith("0.11")',
    'vllm.__version__.startswith("0.11.")',
    'vllm.__version__.startswith("0.1")',
    'vllm.__version__.startswith("0.9.0")',
    'vllm.__version__.startswith(("0.9.", "0.11"))',
    'not vllm.__version__.startswith("0.11.")',
    # numbers
    "vllm.__version_tuple__ >= (0, 11)",
    "vllm.__version_tuple__ > (0, 11)",
    "vllm.__version_tuple__ <= (0, 11)",
    "vllm.__version_tuple__ < (0, 11)",
    "vllm.__version_tuple__ == (0, 11)",
    "vllm.__version_tuple__ >= (0, 11, 1)",
    "vllm.__version_tuple__ > (0, 11, 1)",
    "vllm.__version_tuple__ <= (0, 11, 1)",
    "vllm.__version_tuple__ < (0, 11, 1)",
    "vllm.__version_tuple__[:2] >= (0, 11)",
    "vllm.__version_tuple__[:2] > (0, 11)",
    "vllm.__version_tuple__[:2] <= (0, 11)",
    "vllm.__version_tuple__[:2] < (0, 11)",
    "vllm.__version_tuple__[:2] == (0, 11)",
    "vllm.__version_tuple__[:2] != (0, 11)",
    "vllm.__version_tuple__[:2] in ((0, 9), (0, 11))",
    "vllm.__version_tuple__[0:2] >= (0, 11)",
    "vllm.__version_tuple__[:2] >= (0, 11, 1)",
    "vllm.__version_tuple__[:2] > (0,)",
    "(0, 11) <= vllm.__version_tuple__[:2]",
    "vllm.__version_tuple__[1] >= 11",
    "vllm.__version_tuple__[1] == 11",
    "vllm.__version_tuple__[1] < 11",
    "vllm.__version_tuple__[0] >= 1",
    "vllm.__version_tuple__[0] == 0",
    "Version(vllm.__version__).release >= (0, 11, 0)",
    "Version(vllm.__version__).release[:2] >= (0, 11)",
    "Version(vllm.__version__).minor >= 11",
    "Version(vllm.__version__).minor != 11",
    "Version(vllm.__version__).major == 0 and Version(vllm.__version__).minor > 10",
    'tuple(int(x) for x in vllm.__version__.split(".")[:2]) >= (0, 11)',
    'tuple(map(int, vllm.__version__.split(".")[:2])) >= (0, 11)',
    '[int(x) for x in vllm.__version__.split(".")[:2]] >= [0, 11]',
    'int(vllm.__version__.split(".")[1]) >= 11',
    # specifiers
    'packaging.specifiers.SpecifierSet(">=0.9,<0.11").contains(vllm.__version__)',
    'vllm.__version__ in packaging.specifiers.SpecifierSet("~=0.9.0")',
    'Version(vllm.__version__) in packaging.specifiers.SpecifierSet("!=0.9.0")',
    'Version(vllm.__version__) not in packaging.specifiers.SpecifierSet("<0.9")',
    # existence
    'hasattr(vllm, "new")',
    'not hasattr(vllm, "new")',
    'hasattr(vllm, "new") and hasattr(vllm, "newer")',
    'hasattr(vllm, "newer") or Version(vllm.__version__) < Version("0.9.0")',
    'getattr(vllm, "new", None) is not None',
    'getattr(vllm, "new", None) is None',
    'hasattr(vllm, "new") is True',
    'hasattr(vllm, "new") == False',
    'importlib.util.find_spec("vllm.new") is not None',
    'importlib.util.find_spec("vllm.newer") is None',
    'Version(importlib.metadata.version("vllm")) >= Version("0.11.0")',
    'importlib.metadata.version("vllm") == "0.9.1"',
)

BODIES = {
    "a flag": 'NEW = Version(vllm.__version__) >= Version("0.11.0")\nif NEW:\n    vllm.mark',
    "a flag denied": 'NEW = Version(vllm.__version__) >= Version("0.11.0")\nif not NEW:\n    vllm.mark',
    "a version kept": 'V = Version(vllm.__version__)\nif V >= Version("0.11.0"):\n    vllm.mark',
    "a version kept by its other name": 'from vllm import __version__ as v\nif Version(v) >= Version("0.11.0"):\n    vllm.mark',
    "a version of the module": 'from vllm.version import __version__\nif Version(__version__) < Version("0.9.1"):\n    vllm.mark',
    "a constant for the bound": 'MIN = Version("0.11.0")\nif Version(vllm.__version__) >= MIN:\n    vllm.mark',
    "else": 'if Version(vllm.__version__) >= Version("0.11.0"):\n    pass\nelse:\n    vllm.mark',
    "elif": 'if Version(vllm.__version__) >= Version("0.11.0"):\n    pass\nelif Version(vllm.__version__) >= Version("0.9.1"):\n    vllm.mark',
    "the last else": 'v = Version(vllm.__version__)\nif v >= Version("0.11.0"):\n    pass\nelif v >= Version("0.9.1"):\n    pass\nelse:\n    vllm.mark',
    "nested": 'v = Version(vllm.__version__)\nif v >= Version("0.9.0"):\n    if v < Version("0.11.0"):\n        vllm.mark',
    "early return": 'def f():\n    if Version(vllm.__version__) >= Version("0.11.0"):\n        return\n    vllm.mark\nf()',
    "early return of both": 'def f():\n    v = Version(vllm.__version__)\n    if v >= Version("0.11.0"):\n        return\n    if v < Version("0.9.0"):\n        return\n    vllm.mark\nf()',
    "early raise": 'def f():\n    if Version(vllm.__version__) >= Version("0.11.0"):\n        raise RuntimeError\n    vllm.mark\nf()',
    "early return where it is old": 'def f():\n    if not Version(vllm.__version__) >= Version("0.11.0"):\n        return\n    vllm.mark\nf()',
    "return in the else": 'def f():\n    if Version(vllm.__version__) >= Version("0.11.0"):\n        pass\n    else:\n        return\n    vllm.mark\nf()',
    "continue": 'for x in (1, 2):\n    if Version(vllm.__version__) >= Version("0.11.0"):\n        continue\n    vllm.mark',
    "assert": 'assert Version(vllm.__version__) >= Version("0.11.0")\nvllm.mark',
    "early return in a nested branch": 'def f():\n    v = Version(vllm.__version__)\n    if v >= Version("0.9.0"):\n        if v < Version("0.11.0"):\n            return\n    vllm.mark\nf()',
    "return from a with": 'import contextlib\ndef f():\n    with contextlib.nullcontext():\n        if Version(vllm.__version__) < Version("0.11.0"):\n            return\n    vllm.mark\nf()',
    "and before it": 'Version(vllm.__version__) >= Version("0.11.0") and vllm.mark',
    "or before it": 'Version(vllm.__version__) >= Version("0.11.0") or vllm.mark',
    "a ternary": 'x = vllm.mark if Version(vllm.__version__) >= Version("0.11.0") else None',
    "while": 'while Version(vllm.__version__) >= Version("0.11.0"):\n    vllm.mark\n    break',
    "a comprehension's condition": "",
    "a helper": _HELPER + 'if vllm_version_is("0.9.0"):\n    vllm.mark',
    "a helper denied": _HELPER + 'if not vllm_version_is("0.9.0"):\n    vllm.mark',
    "a helper by keyword": _HELPER + 'if vllm_version_is(target="0.9.0"):\n    vllm.mark',
    "a helper twice": _HELPER + 'if vllm_version_is("0.9.0") or vllm_version_is("0.9.1"):\n    vllm.mark',
    "a helper kept in a flag": _HELPER + 'OLD = vllm_version_is("0.9.0")\nif OLD:\n    vllm.mark',
    "a helper with a default": 'def since(v="0.11.0"):\n    return Version(vllm.__version__) >= Version(v)\nif since():\n    vllm.mark',
    "a helper without arguments": 'def is_new():\n    return Version(vllm.__version__) >= Version("0.11.0")\nif is_new():\n    vllm.mark',
    "a helper that calls a helper": 'def v():\n    return Version(vllm.__version__)\ndef since(t):\n    return v() >= Version(t)\nif since("0.11.0"):\n    vllm.mark',
    "a helper with branches": 'def is_new():\n    if Version(vllm.__version__) >= Version("0.11.0"):\n        return True\n    return False\nif is_new():\n    vllm.mark',
    "a helper with several bounds": 'def within(lo, hi):\n    v = Version(vllm.__version__)\n    return Version(lo) <= v < Version(hi)\nif within("0.9.0", "0.11.0"):\n    vllm.mark',
    "a helper over any number": 'def one_of(*vs):\n    return vllm.__version__ in vs\nif one_of("0.9.0", "0.9.1"):\n    vllm.mark',
    "a helper that asks what exists": "def has():\n    try:\n        import vllm.new\n        return True\n    except ImportError:\n        return False\nif has():\n    vllm.mark",
    "a helper returning a text": 'def text():\n    return vllm.__version__\nif text() == "0.9.0":\n    vllm.mark',
    "a helper of a class": 'class C:\n    @staticmethod\n    def new():\n        return Version(vllm.__version__) >= Version("0.11.0")\nif C.new():\n    vllm.mark',
    "a constant of a class": 'class C:\n    NEW = Version(vllm.__version__) >= Version("0.11.0")\nif C.NEW:\n    vllm.mark',
    "a flag by branches": 'if Version(vllm.__version__) >= Version("0.11.0"):\n    NEW = True\nelse:\n    NEW = False\nif NEW:\n    vllm.mark',
    "a flag of numbers": 'if Version(vllm.__version__) >= Version("0.11.0"):\n    API = 2\nelse:\n    API = 1\nif API == 2:\n    vllm.mark',
    "a flag of texts": 'API = "new" if Version(vllm.__version__) >= Version("0.11.0") else "old"\nif API == "old":\n    vllm.mark',
    "a flag of tries": "try:\n    import vllm.newer\n    HAS = True\nexcept ImportError:\n    HAS = False\nif HAS:\n    vllm.mark",
    "a flag of tries denied": "try:\n    import vllm.newer as n\nexcept ImportError:\n    n = None\nif n is None:\n    vllm.mark",
    "two tries": "try:\n    import vllm.newer as n\nexcept ImportError:\n    try:\n        import vllm.new as n\n    except ImportError:\n        n = None\nif n is not None:\n    vllm.mark",
    "the handler": "try:\n    import vllm.new\nexcept ImportError:\n    vllm.mark",
    "the else of a try": "try:\n    import vllm.new\nexcept ImportError:\n    pass\nelse:\n    vllm.mark",
    "the rest of a try": "try:\n    import vllm.new\n    vllm.mark\nexcept ImportError:\n    pass",
    "behind a try": "try:\n    import vllm.new\nexcept ImportError:\n    pass\nvllm.mark",
    "behind a try that returns": "def f():\n    try:\n        import vllm.new\n    except ImportError:\n        return\n    vllm.mark\nf()",
    "behind a try that returned": "def f():\n    try:\n        from vllm import new\n        return\n    except ImportError:\n        pass\n    vllm.mark\nf()",
    "behind a try that raises": "def f():\n    try:\n        import vllm.new\n    except ImportError as e:\n        raise RuntimeError from e\n    vllm.mark\nf()",
    "a branch in a try": 'try:\n    if Version(vllm.__version__) < Version("0.9.0"):\n        import vllm.never\n    else:\n        import vllm.new\nexcept ImportError:\n    vllm.mark',
    "suppress": "import contextlib\nwith contextlib.suppress(ImportError):\n    import vllm.new\n    vllm.mark",
    "everything at once": 'V = Version(vllm.__version__)\ntry:\n    import vllm.newer\n    A = True\nexcept ImportError:\n    A = False\nif (A and V < Version("0.20")) or (not A and V >= Version("0.11.1")):\n    vllm.mark',
}
BODIES = {name: body for name, body in BODIES.items() if body}


@contextlib.contextmanager
def engine(release: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A `vllm` of a release that notes when its `mark` is read."""
    marks: list[str] = []

    class Engine(types.ModuleType):
        @property
        def mark(self) -> int:
            marks.append(release)
            return 1

    numbers = Version(release)
    vllm = Engine("vllm")
    vllm.__path__ = []
    vllm.__version__ = release  # type: ignore[attr-defined]
    vllm.__version_tuple__ = numbers.release[:3]  # type: ignore[attr-defined]
    version = types.ModuleType("vllm.version")
    version.__version__ = release  # type: ignore[attr-defined]
    vllm.version = version  # type: ignore[attr-defined]
    present = {"vllm": vllm, "vllm.version": version}
    for name, since in SINCE.items():
        if numbers >= Version(since):
            module = types.ModuleType(name)
            module.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
            setattr(vllm, name.partition(".")[2], module)
            present[name] = module
    vllm.__spec__ = types.SimpleNamespace(submodule_search_locations=[])  # type: ignore[assignment]
    with monkeypatch.context() as patch:
        for name in list(sys.modules):
            if name == "vllm" or name.startswith("vllm."):
                patch.delitem(sys.modules, name)
        for name, module in present.items():
            patch.setitem(sys.modules, name, module)
        patch.setattr("importlib.metadata.version", lambda name: {"vllm": release}[name])
        yield marks


def reached_by_python(source: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    code = compile(source, "<plugin>", "exec")
    found: set[str] = set()
    for release in RELEASES:
        with engine(release, monkeypatch) as marks:
            with contextlib.suppress(RuntimeError, AssertionError):
                exec(code, {"__name__": "acme"})  # noqa: S102 - what Python does with it is the expectation
            found.update(marks)
    return found


def holds(guard: Guard, release: str) -> bool | None:  # noqa: PLR0911 - one return per kind
    """Whether a guard holds on a release; None where it does not tell."""
    match guard:
        case Always():
            return True
        case Unknown() | HasArchitecture() | IsSet():
            return None
        case OnRelease("specifier", text):
            return SpecifierSet(text).contains(release, prereleases=True)
        case OnRelease(operator, text):
            return {
                "<": Version(release) < Version(text),
                "<=": Version(release) <= Version(text),
                ">": Version(release) > Version(text),
                ">=": Version(release) >= Version(text),
                "==": Version(release) == Version(text),
                "!=": Version(release) != Version(text),
            }[operator]
        case Exists(path):
            since = SINCE.get(path.text())
            return since is not None and Version(release) >= Version(since)
        case Not(inner):
            known = holds(inner, release)
            return None if known is None else not known
        case All(guards):
            parts = [holds(one, release) for one in guards]
            return False if False in parts else None if None in parts else True
        case AnyOf(guards):
            parts = [holds(one, release) for one in guards]
            return True if True in parts else None if None in parts else False


def reached_by_guards(source: str) -> set[str]:
    guards = [
        use.guard
        for use in uses_of(source).uses
        if isinstance(use, Attribute) and use.path.text() == "vllm.mark"
    ]
    found: set[str] = set()
    for release in RELEASES:
        told = [holds(guard, release) for guard in guards]
        assert None not in told, f"the guard does not tell about {release}: {guards}"
        if True in told:
            found.add(release)
    return found


_IMPORTS = _VERSION + "import importlib.util, importlib.metadata, packaging.specifiers\n"


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_holds_where_python_says_so(condition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = f"{_IMPORTS}if {condition}:\n    vllm.mark\n"
    assert reached_by_guards(source) == reached_by_python(source, monkeypatch)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_a_condition_excludes_is_excluded(condition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = f"{_IMPORTS}def f():\n    if {condition}:\n        return\n    vllm.mark\nf()\n"
    assert reached_by_guards(source) == reached_by_python(source, monkeypatch)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_use_is_reached_where_python_gets_there(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _IMPORTS + body
    assert reached_by_guards(source) == reached_by_python(source, monkeypatch)


@pytest.mark.parametrize(
    "condition",
    [
        "sys.version_info >= (3, 12)",
        "vllm.envs.VLLM_USE_V1",
        "torch.cuda.is_available()",
        "vllm.__version__ >= '0.11.0'",
        "vllm.__version__[0] == '0'",
        "Version(vllm.__version__).is_prerelease",
        "Version(torch.__version__) >= Version('2.0')",
        "Version(vllm.__version__) >= Version(LIMIT)",
        "unknown('0.9.0')",
        "vllm.__version_tuple__[2] > 1",
        "importlib.metadata.version('torch') == '2.0'",
    ],
)
def test_what_cannot_be_told_is_not_guessed(condition: str) -> None:
    source = f"{_IMPORTS}import os, sys, torch\nif {condition}:\n    vllm.mark\n"
    guards = [
        use.guard
        for use in uses_of(source).uses
        if isinstance(use, Attribute) and use.path.text() == "vllm.mark"
    ]
    assert [type(guard) for guard in guards] == [Unknown]
