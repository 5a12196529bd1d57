"""What the resolver says of classes: constructors, orders, abstract members, calls; where things went."""

from pathlib import Path

import pytest

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.surface.answers import Answer, ClassAt, FunctionAt, Missing
from plugin_matrix.surface.resolver import Surface

from .engines import surface_index


def surface_of(directory: Path, *releases: dict[str, str]) -> Surface:
    engine = {f"{number}.0": sources for number, sources in enumerate(releases, start=1)}
    return Surface(surface_index(engine, directory))


def classes(surface: Surface, path: str) -> list[tuple[int, ClassAt]]:
    told = surface.resolve(AccessPath(path), surface.axis.all)
    return [(answer.mask, answer.thing) for answer in told if isinstance(answer.thing, ClassAt)]


def constructors(surface: Surface, path: str) -> list[str | None]:
    """Return the constructor on each release."""
    by_release: dict[str, str | None] = {}
    for mask, cls in classes(surface, path):
        for held, signature in surface.constructor(cls, mask):
            for release in surface.axis.names(held):
                by_release[release] = signature.text() if signature else None
    return [by_release[release] for release in surface.axis.releases if release in by_release]


CONSTRUCTORS = {
    "its own __init__": (
        """
        class A:
            def __init__(self, a, *, b=1): ...
        """,
        "(a, *, b=...)",
    ),
    "that of a base": (
        """
        class B:
            def __init__(self, b): ...
        class A(B): ...
        """,
        "(b)",
    ),
    "that of the first base in order": (
        """
        class B: ...
        class C:
            def __init__(self, c): ...
        class A(B, C): ...
        """,
        "(c)",
    ),
    "nothing without one": (
        """
        from abc import ABC
        class A(ABC): ...
        """,
        "()",
    ),
    "__new__ alone": (
        """
        class A:
            def __new__(cls, n): ...
        """,
        "(n)",
    ),
    "__init__ beside a __new__ that passes all on": (
        """
        class A:
            def __new__(cls, *args, **kwargs): ...
            def __init__(self, a): ...
        """,
        "(a)",
    ),
    "unknown where __new__ takes something else": (
        """
        class A:
            def __new__(cls, n): ...
            def __init__(self, a): ...
        """,
        None,
    ),
    "unknown with an unknown base": (
        """
        from elsewhere import B
        class A(B): ...
        """,
        None,
    ),
    "known in front of an unknown base": (
        """
        from elsewhere import B
        class A(B):
            def __init__(self, a): ...
        """,
        "(a)",
    ),
    "unknown with a metaclass": (
        """
        class M(type): ...
        class A(metaclass=M):
            def __init__(self): ...
        """,
        None,
    ),
    "known with ABCMeta": (
        """
        from abc import ABCMeta
        class A(metaclass=ABCMeta):
            def __init__(self, a): ...
        """,
        "(a)",
    ),
    "unknown under an unknown decorator": (
        """
        from x import y
        @y
        class A:
            def __init__(self): ...
        """,
        None,
    ),
    "unknown where the engine compiles the class": (
        """
        from x import support_torch_compile
        @support_torch_compile
        class A:
            def __init__(self): ...
        """,
        None,
    ),
    "unknown where branches differ": (
        """
        import os
        class A:
            if os.name:
                def __init__(self, a): ...
            else:
                def __init__(self, b): ...
        """,
        None,
    ),
    "unknown under an unknown decorator of __init__": (
        """
        from x import y
        class A:
            @y
            def __init__(self, a): ...
        """,
        None,
    ),
    "fields of a dataclass": (
        """
        from dataclasses import dataclass
        @dataclass
        class A:
            a: int
            b: int = 1
            c = 2
            def m(self): ...
        """,
        "(a, b=...)",
    ),
    "fields of the base first, redefined in place": (
        """
        from dataclasses import dataclass
        @dataclass
        class B:
            a: int
            b: int = 0
        @dataclass
        class A(B):
            c: int = 0
            a: int = 1
        """,
        "(a=..., b=..., c=...)",
    ),
    "only the fields of bases where the class is no dataclass": (
        """
        from dataclasses import dataclass
        @dataclass
        class B:
            a: int
        class A(B):
            b: int
        """,
        "(a)",
    ),
    "no fields of a base that is no dataclass": (
        """
        from dataclasses import dataclass
        class B:
            a: int
        @dataclass
        class A(B):
            b: int
        """,
        "(b)",
    ),
    "keyword-only fields": (
        """
        from dataclasses import dataclass, field, KW_ONLY
        @dataclass
        class A:
            a: int = field(kw_only=True)
            b: int
            _: KW_ONLY
            c: int = 0
        """,
        "(b, *, a, c=...)",
    ),
    "a dataclass that is keyword-only, but not its base": (
        """
        from dataclasses import dataclass
        @dataclass
        class B:
            a: int
        @dataclass(kw_only=True)
        class A(B):
            b: int
        """,
        "(a, *, b)",
    ),
    "no field with init=False, no class variable, but parameters that are no fields": (
        """
        from dataclasses import dataclass, field, InitVar
        from typing import ClassVar
        @dataclass
        class A:
            a: int = field(init=False)
            b: ClassVar[int] = 1
            c: InitVar[int]
            d: list = field(default_factory=list)
        """,
        "(c, d=...)",
    ),
    "an __init__ written by hand in a dataclass": (
        """
        from dataclasses import dataclass
        @dataclass
        class A:
            a: int
            def __init__(self, z): ...
        """,
        "(z)",
    ),
    "a dataclass without __init__ takes what its base takes": (
        """
        from dataclasses import dataclass
        class B:
            def __init__(self, b): ...
        @dataclass(init=False)
        class A(B):
            a: int
        """,
        "(b)",
    ),
    "a dataclass of pydantic": (
        """
        from pydantic.dataclasses import dataclass
        @dataclass
        class A:
            a: int = 1
        """,
        "(a=...)",
    ),
    "a dataclass with a base that may bring fields": (
        """
        from dataclasses import dataclass
        from elsewhere import B
        @dataclass
        class A(B):
            a: int = 1
        """,
        None,
    ),
    "a NamedTuple": (
        """
        from typing import NamedTuple
        class A(NamedTuple):
            a: int
            b: int = 0
        """,
        "(a, b=...)",
    ),
    "a namedtuple, whose defaults are not looked at": (
        """
        from collections import namedtuple
        A = namedtuple('A', 'a b')
        """,
        "(a=..., b=...)",
    ),
    "a struct": (
        """
        import msgspec
        class B(msgspec.Struct):
            a: int
        class A(B, kw_only=True):
            b: int = 0
            c: int
        """,
        "(a, *, b=..., c)",
    ),
    "a model of pydantic takes any keyword": (
        """
        from pydantic import BaseModel
        class A(BaseModel):
            a: int
        """,
        "(**data)",
    ),
    "an enumeration takes a value": (
        """
        from enum import Enum
        class A(Enum):
            ONE = 1
        """,
        "(value, *values)",
    ),
    "a typed dictionary takes anything": (
        """
        from typing import TypedDict
        class A(TypedDict):
            a: int
        """,
        "(*args, **kwargs)",
    ),
    "an exception takes anything by position": ("class A(ValueError): ...", "(*args)"),
    "a module of torch takes nothing": (
        """
        from torch import nn
        class A(nn.Module): ...
        """,
        "()",
    ),
}


@pytest.mark.parametrize("case", CONSTRUCTORS)
def test_a_constructor_takes(case: str, tmp_path: Path) -> None:
    source, expected = CONSTRUCTORS[case]
    assert constructors(surface_of(tmp_path, {"a.py": source}), "vllm.a.A") == [expected]


def test_the_engines_own_decorator_makes_dataclasses(tmp_path: Path) -> None:
    config = "def config(cls=None, *, config=None): ..."
    surface = surface_of(
        tmp_path,
        {
            "config/utils.py": config,
            "config/a.py": "from .utils import config\n@config\nclass A:\n    a: int = 1",
        },
        {
            "config/utils.py": config,
            "config/a.py": "from .utils import config\n@config(config=dict(x=1))\nclass A:\n    b: int = 1",
        },
        {
            "other.py": config,
            "config/a.py": "from vllm.other import config\n@config\nclass A:\n    a: int = 1",
        },
    )
    assert constructors(surface, "vllm.config.a.A") == ["(a=...)", "(b=...)", "()"]


def test_a_constructor_changes_with_the_fields_of_a_base_in_another_file(tmp_path: Path) -> None:
    sub = "from dataclasses import dataclass\nfrom vllm.b import B\n@dataclass\nclass A(B):\n    z: int = 0"
    base = "from dataclasses import dataclass\n@dataclass\nclass B:\n    a: int\n"
    surface = surface_of(
        tmp_path,
        {"a.py": sub, "b.py": base},
        {"a.py": sub, "b.py": f"{base}    b: int = 0"},
        {"a.py": sub, "b.py": base},
    )
    assert constructors(surface, "vllm.a.A") == ["(a, z=...)", "(a, b=..., z=...)", "(a, z=...)"]


def test_orders_and_subclasses_are_told_by_release(tmp_path: Path) -> None:
    surface = surface_of(
        tmp_path,
        {
            "a.py": "from abc import ABC\nclass A(ABC): ...\nclass B(A): ...",
            "c.py": "from vllm.a import A as Alias",
        },
        {"a.py": "class A: ...\nclass B: ..."},
    )
    (first, b), (second, _) = classes(surface, "vllm.a.B")
    orders = {
        surface.axis.names(mask): [base if isinstance(base, str) else base.path for base in order]
        for mask, order in surface.mro(b, surface.axis.all)
    }
    assert orders == {("1.0",): ["vllm.a.B", "vllm.a.A", "abc.ABC"], ("2.0",): ["vllm.a.B"]}
    assert (first, second) == (1, 2)
    assert surface.is_subclass(b, "vllm.a.A", 3) == 1
    assert surface.is_subclass(b, "vllm.c.Alias", 3) == 1
    assert surface.is_subclass(b, "vllm.a.B", 3) == 3
    assert surface.is_subclass(b, "abc.ABC", 3) == 1
    assert surface.is_subclass(b, "vllm.a.A", 2) == 0


@pytest.mark.parametrize(
    ("source", "surely", "perhaps"),
    [
        ("class A:\n    def m(self): ...", True, True),
        ("class B:\n    m = 1\nclass A(B): ...", True, True),
        ("class A:\n    m: int", False, True),
        ("class A:\n    def __init__(self):\n        self.m = 1", False, False),
        ("class A: ...", False, False),
        ("from other import B\nclass A(B): ...", False, True),
        ("from other import d\n@d\nclass A: ...", False, True),
        ("from torch import nn\nclass A(nn.Module): ...", False, False),
        ("class A:\n    if X:\n        def m(self): ...", False, True),
    ],
)
def test_a_class_gives_what_can_be_read_off_it_without_an_instance(
    source: str, *, surely: bool, perhaps: bool, tmp_path: Path
) -> None:
    surface = surface_of(tmp_path, {"a.py": source})
    ((mask, cls),) = classes(surface, "vllm.a.A")
    assert surface.giving(cls, "m", mask) == (mask * surely, mask * perhaps)


def left_open(surface: Surface, path: str, *, raising: bool = False) -> dict[str, set[str]]:
    ask = surface.not_implemented if raising else surface.unimplemented
    return {
        release: set(names)
        for mask, cls in classes(surface, path)
        for held, names in ask(cls, mask)
        for release in surface.axis.names(held)
    }


def test_abstract_members_are_those_no_class_in_the_order_gives(tmp_path: Path) -> None:
    source = """
        from abc import ABC, abstractmethod
        class A(ABC):
            @abstractmethod
            def one(self): ...
            @property
            @abstractmethod
            def two(self): ...
            def three(self):
                raise NotImplementedError
            @abstractmethod
            def four(self):
                raise NotImplementedError
        class B(A):
            two = 2
            three: int
            def five(self):
                "Says why."
                raise NotImplementedError("no")
        class Unchecked:
            @abstractmethod
            def one(self): ...
        """
    more = source.replace("def one(self)", "def six(self)")
    surface = surface_of(tmp_path, {"a.py": source}, {"a.py": more})
    assert left_open(surface, "vllm.a.A") == {"1.0": {"one", "two", "four"}, "2.0": {"six", "two", "four"}}
    assert left_open(surface, "vllm.a.B") == {"1.0": {"one", "four"}, "2.0": {"six", "four"}}
    assert left_open(surface, "vllm.a.Unchecked") == {"1.0": set(), "2.0": set()}
    assert left_open(surface, "vllm.a.A", raising=True) == {"1.0": {"three"}, "2.0": {"three"}}
    assert left_open(surface, "vllm.a.B", raising=True) == {
        "1.0": {"three", "five"},
        "2.0": {"three", "five"},
    }


def test_abstract_members_of_classes_outside_vllm_count(tmp_path: Path) -> None:
    source = "from collections.abc import Mapping\nclass A(Mapping):\n    def __len__(self): ..."
    surface = surface_of(tmp_path, {"a.py": source})
    assert left_open(surface, "vllm.a.A") == {"1.0": {"__getitem__", "__iter__"}}


def test_signatures_are_those_of_the_way_a_function_is_reached(tmp_path: Path) -> None:
    source = """
        from typing import overload
        from x import y
        class A:
            def m(self, a): ...
            @classmethod
            def c(cls, a): ...
            @staticmethod
            def s(a): ...
            @y
            def opaque(self): ...
        @overload
        def f(a: int): ...
        @overload
        def f(a: str): ...
        def f(a, b=1): ...
        """
    surface = surface_of(tmp_path, {"a.py": source})

    def signature(root: str, *steps: str) -> str | None:
        (answer,) = surface.resolve(AccessPath(root, steps), 1)
        assert isinstance(answer.thing, FunctionAt)
        known = surface.signature(answer.thing)
        return known.text() if known else None

    assert signature("vllm.a.A.m") == "(self, a)"
    assert signature("vllm.a.A", "()", ".m") == "(a)"
    assert signature("vllm.a.A.c") == signature("vllm.a.A", "@", ".c") == "(a)"
    assert signature("vllm.a.A.s") == signature("vllm.a.A", "@", ".s") == "(a)"
    assert signature("vllm.a.A.opaque") is None
    assert signature("vllm.a.f") == "(a, b=...)"


PLATFORM = """
    class Platform:
        def check(self, config): ...
        @classmethod
        def backend(cls, head_size, dtype): ...
    class Cpu(Platform): ...
    """
CALLS = {
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
    "platforms/interface.py": PLATFORM,
    "use.py": """
        from vllm.platforms import current_platform
        from vllm.platforms.interface import Platform, Cpu
        class Holder:
            def __init__(self, platform: Platform, unknown):
                self.platform = platform
                self.unknown = unknown
            def through_self(self):
                self.platform.check(1)
                self.unknown.check(1, 2, 3)
            def through_parameter(self, given: Cpu, kinds: list[type[Platform]]):
                given.check(config=1)
                for kind in kinds:
                    kind.backend(1, dtype=2)
            def too_much(self):
                self.platform.check(1, 2)
        def through_module():
            current_platform.check(1)
        def through_own_import():
            from vllm.platforms import current_platform
            current_platform.check(config=2)
        class Unrelated:
            def check(self, a, b): ...
        def other(it: Unrelated):
            it.check(1, 2)
        """,
}


def test_calls_are_told_where_the_receiver_is_known_to_be_of_the_class(tmp_path: Path) -> None:
    surface = surface_of(tmp_path, CALLS, {**CALLS, "use.py": ""})
    ((_, platform),) = classes(surface, "vllm.platforms.interface.Platform")
    ((_, cpu),) = classes(surface, "vllm.platforms.interface.Cpu")

    def passed(cls: ClassAt, method: str) -> set[tuple[str, str, tuple[str, ...]]]:
        calls = surface.passed(cls, method, surface.axis.all)
        return {(call.scope, call.shape.text(), surface.axis.names(call.mask)) for call in calls}

    expected = {
        ("Holder.through_self", "(_)", ("1.0",)),
        ("Holder.through_parameter", "(config=)", ("1.0",)),
        ("through_module", "(_)", ("1.0",)),
        ("through_own_import", "(config=)", ("1.0",)),
    }
    assert passed(platform, "check") == expected
    assert passed(cpu, "check") == expected
    assert passed(platform, "backend") == {("Holder.through_parameter", "(_, dtype=)", ("1.0",))}
    assert surface.passed(platform, "check", 0b10) == ()


OWN_CALLS = {
    "a.py": """
        class A:
            def outer(self):
                self.inner(1, x=2)
            def inner(self, a, x=0): ...
            def hidden(self):
                self.inner(3)
        class B(A):
            def hidden(self): ...
        def use(a: A):
            a.outer()
        """,
    "c.py": """
        from vllm.a import A
        class C(A):
            def more(self):
                self.inner(4, x=5)
        """,
}


def test_calls_that_methods_make_of_their_own_object_are_told(tmp_path: Path) -> None:
    surface = surface_of(tmp_path, OWN_CALLS)

    def passed(path: str) -> set[tuple[str, str, bool]]:
        ((mask, cls),) = classes(surface, path)
        return {
            (call.by, call.shape.text(), surface.called(cls, call.by, mask) != mask)
            for call in surface.passed(cls, "inner", mask)
        }

    seen_called, never_seen = ("outer", "(_, x=)", False), ("hidden", "(_)", True)
    assert passed("vllm.a.A") == {seen_called, never_seen}
    assert passed("vllm.a.B") == {seen_called}
    assert passed("vllm.c.C") == {
        seen_called,
        never_seen,
    }  # nobody derives from C, so that its own are not kept


def went(surface: Surface, path: str) -> list[str]:
    """Return the new homes of what is missing on the last release."""
    last = 1 << len(surface.axis.releases) - 1
    told = surface.resolve(AccessPath(path), surface.axis.all)
    (missing,) = (answer for answer in told if answer.mask & last)
    assert isinstance(missing.thing, Missing)
    before: Answer | None = next((answer for answer in told if not isinstance(answer.thing, Missing)), None)
    homes = surface.homes(missing.thing, before, missing.mask)
    assert all(mask & missing.mask == mask for _, mask in homes)
    return [path for path, _ in homes]


def test_what_moved_is_found_by_its_definition_first(tmp_path: Path) -> None:
    old = """
        def f(a, b): ...
        class C:
            x = 1
            def m(self): ...
        LIMIT = 3
        def gone(): ...
        def other(a): ...
        """
    surface = surface_of(
        tmp_path,
        {"utils.py": old, "keep.py": "def keep(): ..."},
        {
            "utils/__init__.py": "",
            "utils/math.py": "def f(a, b): ...\nLIMIT = 3",
            "noise.py": "def f(x): ...\nclass C: ...\nimport gone",
            "utils/deep.py": "class C:\n    x = 2\n    def m(self): ...\n    n = 1\ndef other(b): ...",
            "keep.py": "def keep(): ...",
        },
    )
    assert went(surface, "vllm.utils.f") == ["vllm.utils.math.f"]
    assert went(surface, "vllm.utils.C") == ["vllm.utils.deep.C"]
    assert went(surface, "vllm.utils.LIMIT") == ["vllm.utils.math.LIMIT"]
    assert went(surface, "vllm.utils.other") == ["vllm.utils.deep.other"]
    assert went(surface, "vllm.utils.gone") == []
    assert went(surface, "vllm.keep.never") == []


def test_a_re_export_that_ended_is_at_home_where_it_was_defined(tmp_path: Path) -> None:
    surface = surface_of(
        tmp_path, {"__init__.py": "from .a import A", "a.py": "class A: ..."}, {"a.py": "class A: ..."}
    )
    assert went(surface, "vllm.A") == ["vllm.a.A"]


def test_a_module_that_moved_is_found_by_what_it_defines(tmp_path: Path) -> None:
    old = "class A: ...\nclass B: ...\ndef f(): ..."
    surface = surface_of(
        tmp_path,
        {"attention/registry.py": old, "attention/__init__.py": "", "attention/ops.py": "def op(): ..."},
        {
            "v1/attention/registry.py": f"{old}\nclass C: ...",
            "v1/attention/ops.py": "def op(): ...",
            "noise.py": "class A: ...",
        },
    )
    assert went(surface, "vllm.attention.registry") == ["vllm.v1.attention.registry"]
    assert went(surface, "vllm.attention.registry.B") == ["vllm.v1.attention.registry.B"]
    assert went(surface, "vllm.attention") == ["vllm.v1.attention"]


def test_imports_are_answered_as_the_statement_would_bind(tmp_path: Path) -> None:
    surface = surface_of(tmp_path, {"a/__init__.py": "x = 1", "a/b.py": ""}, {"a.py": "y = 1"})

    def told(module: str, name: str | None) -> list[str]:
        return [type(answer.thing).__name__ for answer in surface.importable(module, name, surface.axis.all)]

    assert told("vllm.a", None) == ["ModuleAt"]
    assert told("vllm.a", "*") == ["ModuleAt"]
    assert told("vllm.a", "x") == ["Value", "Missing"]
    assert told("vllm.a", "b") == ["ModuleAt", "Missing"]
    assert told("vllm.a.b", None) == ["ModuleAt", "Missing"]
    assert told("vllm.a.b", "z") == ["Missing", "Missing"]
    (_, missing) = surface.importable("vllm.a.b", None, surface.axis.all)
    assert missing.thing == Missing("vllm.a", "b", "module")
