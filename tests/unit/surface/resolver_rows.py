"""What a path leads to, release by release: engines in a few lines, paths, expected answers.

An answer is written as `class vllm.a.A`, `function vllm.a.f`, `bound vllm.a.A.m`, `module vllm.a`,
`instance vllm.a.A` (`exactly vllm.a.A` when made by calling it), `value`, `unclear`, `no module vllm.a`,
`no name vllm.a.x`, `no attribute vllm.a.A.x`; with `?` when conditional, `!` when deprecated.
"""

from typing import NamedTuple


class Row(NamedTuple):
    name: str
    sources: dict[str, dict[str, str]] | dict[str, str]
    """By release, or those of the one release 1.0."""
    expected: dict[str, str | tuple[str, ...]]
    """By path; one answer for all releases, or one for each."""


NAMES = (
    Row(
        "a name that goes is missing on the releases without it",
        {"1.0": {"a.py": "def f(): ..."}, "2.0": {"a.py": ""}, "3.0": {"a.py": "def f(x): ..."}},
        {"vllm.a.f": ("function vllm.a.f", "no name vllm.a.f", "function vllm.a.f")},
    ),
    Row(
        "a module that moves is missing as a module, and so is all of it",
        {"1.0": {"a/__init__.py": "", "a/b.py": "X = 1"}, "2.0": {"c.py": "X = 1"}},
        {
            "vllm.a": ("module vllm.a", "no module vllm.a"),
            "vllm.a.b": ("module vllm.a.b", "no module vllm.a"),
            "vllm.a.b.X": ("value", "no module vllm.a"),
            "vllm.c.X": ("no module vllm.c", "value"),
        },
    ),
    Row(
        "a module that becomes a package keeps its names where the package imports them",
        {
            "1.0": {"utils.py": "def f(): ...\ndef g(): ..."},
            "2.0": {
                "utils/__init__.py": "from .deep import f",
                "utils/deep.py": "def f(): ...\ndef g(): ...",
            },
        },
        {
            "vllm.utils.f": ("function vllm.utils.f", "function vllm.utils.deep.f"),
            "vllm.utils.g": ("function vllm.utils.g", "no name vllm.utils.g"),
            "vllm.utils.deep": ("no module vllm.utils.deep", "module vllm.utils.deep"),
        },
    ),
    Row(
        "a directory without __init__ is a package",
        {"space/b.py": "X = 1"},
        {
            "vllm.space": "module vllm.space",
            "vllm.space.b.X": "value",
            "vllm.space.Y": "no name vllm.space.Y",
        },
    ),
    Row(
        "a re-export leads to the definition",
        {"__init__.py": "from vllm.a import A as B", "a.py": "from .b import A", "b.py": "class A: ..."},
        {"vllm.B": "class vllm.b.A", "vllm.a.A": "class vllm.b.A", "vllm.A": "no name vllm.A"},
    ),
    Row(
        "imports that run in a circle end",
        {"a.py": "from .b import x, y\nfrom .b import z", "b.py": "from .a import x, y\nz = 1"},
        {"vllm.a.x": "unclear", "vllm.a.z": "value"},
    ),
    Row(
        "a package that imports its own submodule by name gives the submodule",
        {"__init__.py": "from . import envs\nfrom vllm import logger", "envs.py": "X = 1", "logger.py": ""},
        {"vllm.envs": "module vllm.envs", "vllm.envs.X": "value", "vllm.logger": "module vllm.logger"},
    ),
    Row(
        "a name of the package hides a submodule, and what is below the submodule can still be imported",
        {"p/__init__.py": "from .run import run", "p/run.py": "def run(): ...\nclass Other: ..."},
        {"vllm.p.run": "function vllm.p.run.run", "vllm.p.run.Other": "class vllm.p.run.Other"},
    ),
    Row(
        "a star import gives what __all__ names and nothing else",
        {
            "a.py": "from .b import *",
            "b.py": "__all__ = ['x', '_y']\nx = _y = z = 1",
        },
        {"vllm.a.x": "value", "vllm.a._y": "value", "vllm.a.z": "no name vllm.a.z"},
    ),
    Row(
        "a star import without __all__ gives what has no underscore, and goes on through others",
        {
            "a.py": "from .b import *",
            "b.py": "from .c import *\ndef f(): ...\n_p = 1",
            "c.py": "from .b import *\ndef g(): ...",
        },
        {
            "vllm.a.f": "function vllm.b.f",
            "vllm.a.g": "function vllm.c.g",
            "vllm.c.f": "function vllm.b.f",
            "vllm.a._p": "no name vllm.a._p",
            "vllm.a.nothing": "no name vllm.a.nothing",
        },
    ),
    Row(
        "a computed __all__ leaves it open whether a name is imported",
        {"a.py": "from .b import *", "b.py": "import os\n__all__ = [n for n in os.environ]\nx = 1"},
        {"vllm.a.x": "value?", "vllm.a.z": "no name vllm.a.z"},
    ),
    Row(
        "a star import from elsewhere may bring anything that has no underscore",
        {"a.py": "from torch import *"},
        {"vllm.a.x": "unclear?", "vllm.a._x": "no name vllm.a._x"},
    ),
    Row(
        "what stands under TYPE_CHECKING is absent at run time",
        {
            "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vllm.b import B",
            "b.py": "class B: ...",
        },
        {"vllm.a.B": "no name vllm.a.B", "vllm.a.B@": "instance vllm.b.B"},
    ),
    Row(
        "an else beside TYPE_CHECKING counts at run time, the if for types",
        {
            "a.py": """
                from typing import TYPE_CHECKING
                if TYPE_CHECKING:
                    from vllm.b import B
                else:
                    B = None
                def f() -> B: ...
                """,
            "b.py": "class B: ...",
        },
        {"vllm.a.B": "value", "vllm.a.f()": "instance vllm.b.B"},
    ),
    Row(
        "a table behind __getattr__ serves names, and no others",
        {
            "__init__.py": """
                from importlib import import_module
                LAZY = {"A": ".a:A", "f": ".a:f"}
                def __getattr__(name):
                    if name in LAZY:
                        module, attribute = LAZY[name].split(":")
                        return getattr(import_module(module, __package__), attribute)
                    raise AttributeError(name)
                """,
            "a.py": "class A: ...\ndef f(): ...",
        },
        {"vllm.A": "class vllm.a.A", "vllm.f": "function vllm.a.f", "vllm.B": "no name vllm.B"},
    ),
    Row(
        "a name served with a warning is deprecated",
        {
            "a.py": """
                import warnings
                def __getattr__(name):
                    if name == "old":
                        from vllm.b import old
                        warnings.warn("moved", DeprecationWarning)
                        return old
                    raise AttributeError(name)
                """,
            "b.py": "def old(): ...",
        },
        {"vllm.a.old": "function vllm.b.old!", "vllm.a.older": "no name vllm.a.older"},
    ),
    Row(
        "a __getattr__ that cannot be followed leaves every name open",
        {"a.py": "import other\ndef f(): ...\ndef __getattr__(name): return getattr(other, name)"},
        {"vllm.a.f": "function vllm.a.f", "vllm.a.x": "unclear"},
    ),
    Row(
        "a table beside names that are computed serves its own, and leaves the others open",
        {
            "a.py": """
                globals().update({n: 1 for n in open("names")})
                def __getattr__(name):
                    if name == "f":
                        from vllm.b import f
                        return f
                    raise AttributeError(name)
                """,
            "b.py": "def f(): ...",
        },
        {"vllm.a.f": "function vllm.b.f", "vllm.a.g": "unclear"},
    ),
    Row(
        "a name computed by __getattr__ is what TYPE_CHECKING says it is",
        {
            "platforms/__init__.py": """
                from typing import TYPE_CHECKING
                from .interface import Platform
                if TYPE_CHECKING:
                    current_platform: Platform
                def __getattr__(name):
                    if name == "current_platform":
                        return load()
                    raise AttributeError(name)
                """,
            "platforms/interface.py": "class Platform:\n    def name(self) -> str: ...",
        },
        {
            "vllm.platforms.current_platform": "instance vllm.platforms.interface.Platform",
            "vllm.platforms.current_platform.name": "bound vllm.platforms.interface.Platform.name",
        },
    ),
    Row(
        "a file that does not parse leaves its names open",
        {"1.0": {"a.py": "x = 1"}, "2.0": {"a.py": "x = = 1"}},
        {"vllm.a.x": ("value", "unclear"), "vllm.a.y": ("no name vllm.a.y", "unclear")},
    ),
    Row(
        "modules that the build makes are not spoken of",
        {"a.py": "from vllm._C import op\nfrom vllm import _version"},
        {
            "vllm._C": "unclear",
            "vllm._C.op": "unclear",
            "vllm.a.op": "unclear",
            "vllm.a._version": "unclear",
            "vllm.vllm_flash_attn.x": "unclear",
            "vllm._D": "no name vllm._D",
        },
    ),
    Row(
        "the branch that leads somewhere counts",
        {
            "a.py": """
                try:
                    from vllm.b import f
                except ImportError:
                    f = None
                try:
                    from vllm.gone import g
                except ImportError:
                    def g(x): ...
                """,
            "b.py": "def f(): ...",
        },
        {"vllm.a.f": "function vllm.b.f", "vllm.a.g": "function vllm.a.g"},
    ),
    Row(
        "what only one branch binds is there on a condition",
        {
            "a.py": "import os\nif os.environ:\n    def f(): ...\n    from vllm.b import B",
            "b.py": "class B: ...",
        },
        {"vllm.a.f": "function vllm.a.f?", "vllm.a.B": "class vllm.b.B?"},
    ),
    Row(
        "branches with different definitions tell no more than that there is one",
        {"a.py": "import os\nif os.environ:\n    def f(x): ...\nelse:\n    def f(y): ..."},
        {"vllm.a.f": "value"},
    ),
    Row(
        "a conditional import of what no release has is not there",
        {"a.py": "import os\nif os.environ:\n    from vllm.gone import f"},
        {"vllm.a.f": "no name vllm.a.f"},
    ),
    Row(
        "an unconditional import of what the sources do not show is left open",
        {"a.py": "from vllm.gone import f"},
        {"vllm.a.f": "unclear"},
    ),
    Row(
        "names of other packages are values",
        {"a.py": "import torch\nfrom torch import nn"},
        {"vllm.a.torch": "value", "vllm.a.nn.Module": "value", "torch.nn": "value"},
    ),
    Row(
        "another name for a class, function or module is followed",
        {"a.py": "from vllm import b\nB = b.A\ng = b.f\nc = b", "b.py": "class A:\n    x = 1\ndef f(): ..."},
        {"vllm.a.B": "class vllm.b.A", "vllm.a.g": "function vllm.b.f", "vllm.a.c.A": "class vllm.b.A"},
    ),
    Row(
        "what every module has is there",
        {"a.py": ""},
        {
            "vllm.a.__name__": "value",
            "vllm.a.__file__": "value",
            "vllm.a.__other__": "no name vllm.a.__other__",
        },
    ),
    Row(
        "a deprecated definition says so",
        {
            "a.py": """
                from typing_extensions import deprecated
                @deprecated("no more")
                def f(): ...
                @deprecated("no more")
                class A: ...
                """,
            "b.py": "from .a import f",
        },
        {"vllm.a.f": "function vllm.a.f!", "vllm.b.f": "function vllm.a.f!", "vllm.a.A": "class vllm.a.A!"},
    ),
)

_CONFIG = {
    "config.py": """
        from dataclasses import dataclass, field
        from typing import Any, ClassVar, Optional, Sequence
        @dataclass
        class ModelConfig:
            model: str
            hf_config: Any
            size: int = 1
            @property
            def me(self) -> "ModelConfig": ...
            @property
            def untyped(self): ...
            def get(self, key: str) -> Optional["ModelConfig"]: ...
            @classmethod
            def make(cls) -> "ModelConfig": ...
            @staticmethod
            def plain(x): ...
        @dataclass
        class VllmConfig:
            model_config: ModelConfig
            maybe: ModelConfig | None = None
            many: list[ModelConfig] = field(default_factory=list)
            pairs: dict[str, ModelConfig] = field(default_factory=dict)
            kinds: type[ModelConfig] = ModelConfig
            either: ModelConfig | int = 1
            shared: ClassVar[ModelConfig]
            sequence: Sequence["ModelConfig"] = ()
            unknown: "Missing" = None
            nested: dict[str, list[ModelConfig]] = None
            pair: tuple[ModelConfig, int] = None
            same: tuple[ModelConfig, ...] = ()
    """
}
_M = "vllm.config.ModelConfig"
_V = "vllm.config.VllmConfig"

VALUES = (
    Row(
        "annotations say what attributes are",
        _CONFIG,
        {
            f"{_V}@": f"instance {_V}",
            f"{_V}()": f"exactly {_V}",
            f"{_V}@.model_config": f"instance {_M}",
            f"{_V}@.maybe": f"instance {_M}",
            f"{_V}@.many": "value",
            f"{_V}@.many[]": f"instance {_M}",
            f"{_V}@.many[].size": "value",
            f"{_V}@.many[].append": "unclear",
            f"{_V}@.pairs[]": f"instance {_M}",
            f"{_V}@.pairs[].get": f"bound {_M}.get",
            f"{_V}@.pairs[].split": "unclear",
            f"{_V}@.sequence[].model": "value",
            f"{_V}@.nested[][]": f"instance {_M}",
            f"{_V}@.kinds": "value",
            f"{_V}@.kinds()": f"instance {_M}",
            f"{_V}@.kinds.make": f"bound {_M}.make",
            f"{_V}@.either": "value",
            f"{_V}@.either.size": "unclear",
            f"{_V}@.shared": f"instance {_M}",
            f"{_V}@.unknown": "value",
            f"{_V}@.pair[].size": "unclear",
            f"{_V}@.same[]": f"instance {_M}",
            f"{_V}@.model_config.hf_config.anything": "unclear",
            f"{_V}@.model_config.me.me.size": "value",
            f"{_V}@.model_config.untyped.x": "unclear",
            f"{_V}@.model_config.get()": f"instance {_M}",
            f"{_V}@.model_config.get": f"bound {_M}.get",
            f"{_M}.get": f"function {_M}.get",
            f"{_M}.make": f"bound {_M}.make",
            f"{_M}.make()": f"instance {_M}",
            f"{_M}.plain": f"function {_M}.plain",
            f"{_M}@.plain": f"function {_M}.plain",
            f"{_M}.me": "value",
            f"{_V}.gone": "unclear",
            "vllm.config.Gone@": "unclear",
            "vllm.config.Gone()": "no name vllm.config.Gone",
        },
    ),
    Row(
        "an attribute that goes is missing on the releases without it",
        {
            "1.0": {"a.py": "class C:\n    def __init__(self): self.x = 1\n    y: int\n    def m(self): ..."},
            "2.0": {"a.py": "class C:\n    pass"},
        },
        {
            "vllm.a.C@.x": ("value", "no attribute vllm.a.C.x"),
            "vllm.a.C@.y": ("value", "no attribute vllm.a.C.y"),
            "vllm.a.C@.m": ("bound vllm.a.C.m", "no attribute vllm.a.C.m"),
            "vllm.a.C.m": ("function vllm.a.C.m", "no attribute vllm.a.C.m"),
            "vllm.a.C.x": ("unclear", "no attribute vllm.a.C.x"),
            "vllm.a.C@.never": "unclear",
            "vllm.a.C@.__dict__": "value",
            "vllm.a.C@.__odd__": "unclear",
        },
    ),
    Row(
        "an attribute is missing where the class has moved without it",
        {
            "1.0": {"a.py": "class C:\n    x = 1"},
            "2.0": {"b.py": "class C:\n    pass", "a.py": "from .b import C"},
        },
        {
            "vllm.a.C@.x": ("value", "no attribute vllm.b.C.x"),
            "vllm.b.C@.x": ("unclear", "no attribute vllm.b.C.x"),
        },
    ),
    Row(
        "members are found along the bases, in Python's order",
        {
            "a.py": """
                class A:
                    def m(self) -> "A": ...
                    def only_a(self): ...
                class B(A):
                    def m(self) -> "B": ...
                class C(A):
                    def m(self, c): ...
                    def n(self): ...
                class D(B, C): ...
                class E(C, B): ...
                """,
            "b.py": "from vllm import a\nclass F(a.D): ...",
        },
        {
            "vllm.a.D@.m": "bound vllm.a.B.m",
            "vllm.a.E@.m": "bound vllm.a.C.m",
            "vllm.b.F@.m": "bound vllm.a.B.m",
            "vllm.b.F@.n": "bound vllm.a.C.n",
            "vllm.b.F@.m()": "instance vllm.a.B",
            "vllm.b.F@.only_a": "bound vllm.a.A.only_a",
        },
    ),
    Row(
        "a base from elsewhere that is not known may have anything",
        {
            "1.0": {"a.py": "import foreign\nclass C(foreign.Base):\n    x = 1"},
            "2.0": {"a.py": "import foreign\nclass C(foreign.Base): ..."},
        },
        {"vllm.a.C@.x": ("value", "unclear")},
    ),
    Row(
        "a base from elsewhere that is known has what it has",
        {
            "1.0": {
                "a.py": """
                    from abc import ABC
                    from enum import Enum
                    from typing import Generic, NamedTuple, Protocol, TypeVar
                    T = TypeVar("T")
                    class A(ABC, Generic[T]):
                        x = 1
                    class E(Enum):
                        ONE = 1
                        TWO = 2
                    class N(NamedTuple):
                        a: int
                        b: int
                    class P(Protocol):
                        def m(self): ...
                    class X(ValueError):
                        code = 1
                    """
            },
            "2.0": {
                "a.py": """
                    from abc import ABC
                    from enum import Enum
                    from typing import Generic, NamedTuple, Protocol, TypeVar
                    class A(ABC, Generic[T]): ...
                    class E(Enum):
                        ONE = 1
                    class N(NamedTuple):
                        a: int
                    class P(Protocol): ...
                    class X(ValueError): ...
                    """
            },
        },
        {
            "vllm.a.A@.x": ("value", "no attribute vllm.a.A.x"),
            "vllm.a.E.ONE": "exactly vllm.a.E",
            "vllm.a.E.ONE.value": "value",
            "vllm.a.E.TWO": ("exactly vllm.a.E", "no attribute vllm.a.E.TWO"),
            "vllm.a.E.__members__": "value",
            "vllm.a.E[].name": "value",
            "vllm.a.N@._asdict": "value",
            "vllm.a.N@.b": ("value", "no attribute vllm.a.N.b"),
            "vllm.a.P@.m": ("bound vllm.a.P.m", "no attribute vllm.a.P.m"),
            "vllm.a.X@.args": "value",
            "vllm.a.X@.code": ("value", "no attribute vllm.a.X.code"),
        },
    ),
    Row(
        "a module of torch may get attributes by name, but no methods",
        {
            "1.0": {
                "a.py": """
                    from torch import nn
                    class L(nn.Module):
                        kind = 1
                        def __init__(self):
                            self.x = 1
                        def m(self): ...
                    """
            },
            "2.0": {"a.py": "from torch import nn\nclass L(nn.Module): ..."},
        },
        {
            "vllm.a.L@.x": ("value", "unclear"),
            "vllm.a.L@.m": ("bound vllm.a.L.m", "no attribute vllm.a.L.m"),
            "vllm.a.L@.kind": ("value", "no attribute vllm.a.L.kind"),
            "vllm.a.L@.parameters": "value",
        },
    ),
    Row(
        "__getattr__, computed attributes, unknown decorators and metaclasses leave a member open",
        {
            "1.0": {
                "a.py": "\n".join(
                    f"class {name}:\n    x = 1\n" for name in ("Get", "Set", "Deco", "Meta", "Known")
                )
            },
            "2.0": {
                "a.py": """
                    from elsewhere import adds, dataclass
                    class Get:
                        def __getattr__(self, name): ...
                    class Set:
                        def __init__(self, **kw):
                            for k, v in kw.items():
                                setattr(self, k, v)
                    @adds
                    class Deco: ...
                    class M(type):
                        def __getattr__(cls, name): ...
                    class Meta(metaclass=M): ...
                    @dataclass
                    class Known: ...
                    """
            },
        },
        {
            "vllm.a.Get@.x": ("value", "unclear"),
            "vllm.a.Get.x": ("value", "no attribute vllm.a.Get.x"),
            "vllm.a.Set@.x": ("value", "unclear"),
            "vllm.a.Deco@.x": ("value", "unclear"),
            "vllm.a.Meta.x": ("value", "unclear"),
            "vllm.a.Meta@.x": ("value", "no attribute vllm.a.Meta.x"),
            "vllm.a.Known@.x": ("value", "no attribute vllm.a.Known.x"),
        },
    ),
    Row(
        "what a subclass in vLLM has, an instance of the base may have, unless it was made by the base",
        {
            "1.0": {"a.py": "class A:\n    x = y = 1"},
            "2.0": {
                "a.py": "class A: ...",
                "b.py": "from vllm.a import A\nclass B(A): ...\nclass C(B):\n    x = 1",
            },
        },
        {
            "vllm.a.A@.x": ("value", "unclear"),
            "vllm.a.A@.y": ("value", "no attribute vllm.a.A.y"),
            "vllm.a.A().x": ("value", "no attribute vllm.a.A.x"),
        },
    ),
    Row(
        "what is assigned says what an attribute or variable is",
        {
            "a.py": """
                from vllm.b import B, make, Opaque
                import torch
                class A:
                    def __init__(self, given: B, other=None):
                        self.b = B()
                        self.given = given
                        self.made = make()
                        self.tensor = torch.zeros(1)
                        self.later = None
                        self.two = B()
                        self.either = B()
                        self.other = other
                        self.chain = given.c
                    def set(self, x):
                        self.later = B()
                        self.two = None
                        self.either = x
                single = B()
                typed: B = None
                f = make
                """,
            "b.py": """
                class C: ...
                class B:
                    c: C
                    def m(self): ...
                def make() -> B: ...
                """,
        },
        {
            "vllm.a.A@.b.m": "bound vllm.b.B.m",
            "vllm.a.A@.given.m": "bound vllm.b.B.m",
            "vllm.a.A@.made.m": "bound vllm.b.B.m",
            "vllm.a.A@.tensor.shape": "unclear",
            "vllm.a.A@.later.m": "bound vllm.b.B.m",
            "vllm.a.A@.two.m": "bound vllm.b.B.m",
            "vllm.a.A@.either.m": "unclear",
            "vllm.a.A@.other.m": "unclear",
            "vllm.a.A@.chain": "instance vllm.b.C",
            "vllm.a.single": "instance vllm.b.B",
            "vllm.a.typed": "instance vllm.b.B",
            "vllm.a.f": "function vllm.b.make",
            "vllm.a.f()": "instance vllm.b.B",
        },
    ),
    Row(
        "what a call gives is its annotation, unless it is awaited or wrapped",
        {
            "a.py": """
                from typing import Iterator, Self, TypeVar, overload
                from functools import lru_cache
                from elsewhere import wraps
                T = TypeVar("T")
                class A:
                    def itself(self) -> Self: ...
                    def __call__(self) -> "B": ...
                    def __getitem__(self, i) -> "B": ...
                class B(A):
                    def own(self): ...
                async def later() -> A: ...
                @wraps
                def wrapped() -> A: ...
                @lru_cache
                def cached() -> A: ...
                def same(x: T) -> T: ...
                def each() -> Iterator[A]: ...
                def kind() -> type[A]: ...
                """
        },
        {
            "vllm.a.later()": "value",
            "vllm.a.wrapped()": "value",
            "vllm.a.cached()": "instance vllm.a.A",
            "vllm.a.same()": "value",
            "vllm.a.each()[]": "instance vllm.a.A",
            "vllm.a.kind()()": "instance vllm.a.A",
            "vllm.a.A@()": "instance vllm.a.B",
            "vllm.a.A@[].own": "bound vllm.a.B.own",
            "vllm.a.A@.itself()": "instance vllm.a.A",
        },
    ),
    Row(
        "classes in classes are attributes of them",
        {"a.py": "class A:\n    class B:\n        x = 1\n        class C: ...\n    b: B"},
        {
            "vllm.a.A.B": "class vllm.a.A.B",
            "vllm.a.A.B.C": "class vllm.a.A.B.C",
            "vllm.a.A@.b": "instance vllm.a.A.B",
            "vllm.a.A@.b.x": "value",
        },
    ),
    Row(
        "a parameter that is no field is no attribute",
        {
            "1.0": {"a.py": "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int"},
            "2.0": {
                "a.py": """
                    from dataclasses import InitVar, dataclass
                    @dataclass
                    class A:
                        x: InitVar[int]
                        y: InitVar[int] = 1
                    """
            },
        },
        {
            "vllm.a.A@.x": ("value", "no attribute vllm.a.A.x"),
            "vllm.a.A@.y": ("no attribute vllm.a.A.y", "value"),
        },
    ),
    Row(
        "a class in a circle of bases and a class of its own name end",
        {
            "a.py": "from vllm.b import X\nclass A(X):\n    x = 1",
            "b.py": "from vllm.a import A\nclass X(A): ...",
        },
        {"vllm.a.A@.x": "value", "vllm.b.X@.x": "value", "vllm.a.A@.y": "unclear"},
    ),
    Row(
        "__new__ may make an instance of another class",
        {
            "1.0": {"a.py": "class A:\n    x = 1\n    def __new__(cls): ..."},
            "2.0": {"a.py": "class A:\n    def __new__(cls): ...\nclass B(A):\n    x = 1"},
        },
        {"vllm.a.A()": "instance vllm.a.A", "vllm.a.A().x": ("value", "unclear")},
    ),
)
