"""One source file read into records: a table of tiny sources and what they offer."""

import textwrap

import pytest

from plugin_matrix.model.signature import Kind, Parameter, Shape, Signature
from plugin_matrix.surface.reading import read_source
from plugin_matrix.surface.records import (
    AllNames,
    AttributeRecord,
    ClassRecord,
    EngineCall,
    FileSurface,
    FunctionRecord,
    ImportedName,
    LazyNames,
    Mark,
    Record,
    StarImport,
)

CONDITIONAL, TYPE_ONLY, VALUE = Mark.CONDITIONAL, Mark.TYPE_ONLY, Mark.HAS_VALUE


def read(source: str, module: str = "vllm.pkg.mod", *, is_package: bool = False) -> FileSurface:
    return read_source(textwrap.dedent(source).encode(), module, is_package=is_package)


def function(*parameters: Parameter | str, returns: str = "", marks: Mark = Mark(0)) -> FunctionRecord:  # noqa: B008
    return FunctionRecord(
        Signature(tuple(p if isinstance(p, Parameter) else Parameter(p) for p in parameters)), returns, marks
    )


def attribute(annotation: str = "", value: str = "", marks: Mark = VALUE) -> AttributeRecord:
    return AttributeRecord(annotation, value, marks)


def imported(module: str, name: str = "", marks: Mark = Mark(0)) -> ImportedName:  # noqa: B008
    return ImportedName(module, name, marks)


MODULES: list[tuple[str, dict[str, list[Record]]]] = [
    # what imports bind
    ("import os", {"os": [imported("os")]}),
    ("import a.b.c", {"a": [imported("a")]}),
    ("import a.b.c as x", {"x": [imported("a.b.c")]}),
    ("from a.b import c as d", {"d": [imported("a.b", "c")]}),
    ("from . import x", {"x": [imported("vllm.pkg", "x")]}),
    ("from .. import x", {"x": [imported("vllm", "x")]}),
    ("from .a import x", {"x": [imported("vllm.pkg.a", "x")]}),
    ("from ..a.b import x", {"x": [imported("vllm.a.b", "x")]}),
    ("from .a import *", {"*": [StarImport("vllm.pkg.a")]}),
    ("from __future__ import annotations", {}),
    # names that are assigned
    ("x = 1", {"x": [attribute(value="int()")]}),
    ("x = None", {"x": [attribute(value="None")]}),
    ("x = 'a' 'b'", {"x": [attribute(value="str()")]}),
    ("x = {1: 2}", {"x": [attribute(value="dict()")]}),
    ("x = Foo(1)", {"x": [attribute(value="Foo()")]}),
    ("x = a.b.C", {"x": [attribute(value="a.b.C")]}),
    ("x = y + z", {"x": [attribute()]}),
    ("x = Union[int, str]", {"x": [attribute()]}),
    ("a = b = 1", {"a": [attribute(value="int()")], "b": [attribute(value="int()")]}),
    ("a, b = 1, Foo()", {"a": [attribute(value="int()")], "b": [attribute(value="Foo()")]}),
    ("a, *b = f()", {"a": [attribute()], "b": [attribute()]}),
    ("x: int", {}),
    ("x: 'Foo | None' = None", {"x": [attribute("Foo | None")]}),
    ("x: TypeAlias = Foo", {"x": [attribute("TypeAlias", "Foo")]}),
    ("f = lambda a, b=1: 0", {"f": [function("a", Parameter("b", has_default=True))]}),
    ("(x := 1)", {"x": [attribute(value="int()")]}),
    ("x = 1\nx = Foo()", {"x": [attribute(value="Foo()")]}),
    ("x = 1\ndel x", {}),
    ("with f() as x:\n  y = 1", {"x": [attribute()], "y": [attribute(value="int()")]}),
    ("x = LazyLoader('x', globals(), 'a.b')", {"x": [imported("a.b")]}),
    # branches
    ("if a:\n  x = 1", {"x": [attribute(value="int()", marks=VALUE | CONDITIONAL)]}),
    (
        "if a:\n  x = 1\nelse:\n  x = Foo()",
        {"x": [attribute(value="int()"), attribute(value="Foo()")]},
    ),
    (
        "if a:\n  x = 1\nelif b:\n  x = Foo()\nelse:\n  raise ValueError",
        {"x": [attribute(value="int()"), attribute(value="Foo()")]},
    ),
    (
        "if a:\n  x = 1\nelif b:\n  x = Foo()",
        {
            "x": [
                attribute(value="int()", marks=VALUE | CONDITIONAL),
                attribute(value="Foo()", marks=VALUE | CONDITIONAL),
            ]
        },
    ),
    (
        "x = None\nif a:\n  x = Foo()",
        {"x": [attribute(value="None"), attribute(value="Foo()", marks=VALUE | CONDITIONAL)]},
    ),
    (
        "if a:\n  x = Foo()\nx = None",
        {"x": [attribute(value="None")]},
    ),
    (
        "import sys\nif sys.version_info >= (3, 11):\n  from a import x\nelse:\n  from b import x",
        {"sys": [imported("sys")], "x": [imported("a", "x"), imported("b", "x")]},
    ),
    (
        "try:\n  from a import x\nexcept ImportError:\n  x = None",
        {"x": [imported("a", "x"), attribute(value="None")]},
    ),
    ("try:\n  import a\nexcept ImportError:\n  pass", {"a": [imported("a", "", CONDITIONAL)]}),
    ("try:\n  import a\nexcept ImportError:\n  raise RuntimeError", {"a": [imported("a")]}),
    ("try:\n  import a\nexcept ImportError:\n  sys.exit(1)", {"a": [imported("a")]}),
    (
        "try:\n  import a\nexcept ImportError:\n  b = 1\nelse:\n  c = 1\nfinally:\n  d = 1",
        {
            "a": [imported("a", "", CONDITIONAL)],
            "b": [attribute(value="int()", marks=VALUE | CONDITIONAL)],
            "c": [attribute(value="int()", marks=VALUE | CONDITIONAL)],
            "d": [attribute(value="int()")],
        },
    ),
    ("with contextlib.suppress(ImportError):\n  import a", {"a": [imported("a", "", CONDITIONAL)]}),
    (
        "for i in r:\n  x = 1",
        {
            "i": [attribute(marks=VALUE | CONDITIONAL)],
            "x": [attribute(value="int()", marks=VALUE | CONDITIONAL)],
        },
    ),
    ("while a:\n  x = 1", {"x": [attribute(value="int()", marks=VALUE | CONDITIONAL)]}),
    ("match a:\n  case 1:\n    import b", {"b": [imported("b", "", CONDITIONAL)]}),
    ("if __name__ == '__main__':\n  x = 1", {}),
    ("if False:\n  x = 1\nelse:\n  y = 1", {"y": [attribute(value="int()")]}),
    # types
    ("if TYPE_CHECKING:\n  from a import x", {"x": [imported("a", "x", TYPE_ONLY)]}),
    ("if typing.TYPE_CHECKING:\n  x: int", {"x": [attribute("int", marks=TYPE_ONLY)]}),
    (
        "if TYPE_CHECKING:\n  from a import x\nelse:\n  x = Any",
        {"x": [imported("a", "x", TYPE_ONLY), attribute(value="Any")]},
    ),
    (
        "if not TYPE_CHECKING:\n  x = 1\nelse:\n  y = 1",
        {"x": [attribute(value="int()")], "y": [attribute(value="int()", marks=VALUE | TYPE_ONLY)]},
    ),
    (
        "x = 1\nif TYPE_CHECKING:\n  import x",
        {"x": [attribute(value="int()"), imported("x", "", TYPE_ONLY)]},
    ),
    # functions
    (
        "def f(a, /, b: 'int' = 1, *args, c, d=2, **kw) -> 'str': ...",
        {
            "f": [
                function(
                    Parameter("a", Kind.POSITIONAL_ONLY),
                    Parameter("b", has_default=True, annotation="int"),
                    Parameter("args", Kind.VAR_POSITIONAL),
                    Parameter("c", Kind.KEYWORD_ONLY),
                    Parameter("d", Kind.KEYWORD_ONLY, has_default=True),
                    Parameter("kw", Kind.VAR_KEYWORD),
                    returns="str",
                )
            ]
        },
    ),
    ("async def f(): ...", {"f": [function(marks=Mark.ASYNC)]}),
    ("@lru_cache(maxsize=1)\ndef f(): ...", {"f": [function()]}),
    ("@something\ndef f(): ...", {"f": [function(marks=Mark.OPAQUE)]}),
    ("@contextmanager\ndef f() -> Iterator[int]: ...", {"f": [function()]}),
    ("@deprecated('no')\ndef f(): ...", {"f": [function(marks=Mark.DEPRECATED)]}),
    (
        "def f():\n  '''Doc.'''\n  warnings.warn('no', DeprecationWarning, stacklevel=2)\n  return 1",
        {"f": [function(marks=Mark.DEPRECATED)]},
    ),
    (
        "def f(a=None):\n  if a:\n    warnings.warn('a', DeprecationWarning)",
        {"f": [function(Parameter("a", has_default=True))]},
    ),
    (
        "@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a): ...",
        {"f": [function("a")]},
    ),
    (
        "if a:\n  def f(x): ...\nelse:\n  def f(x, y): ...",
        {"f": [function("x"), function("x", "y")]},
    ),
    # made classes
    (
        "P = namedtuple('P', 'a b')",
        {"P": [ClassRecord(("NamedTuple",), (), ("a", "b"))], "P.a": [attribute()], "P.b": [attribute()]},
    ),
    (
        "P = NamedTuple('P', [('a', int)])",
        {"P": [ClassRecord(("NamedTuple",), (), ("a",))], "P.a": [attribute()]},
    ),
    ("E = enum.Enum('E', ['A'])", {"E": [ClassRecord(("Enum",), (), ("A",))], "E.A": [attribute()]}),
]


@pytest.mark.parametrize(("source", "expected"), MODULES, ids=[source for source, _ in MODULES])
def test_a_module_offers_exactly(source: str, expected: dict[str, list[Record]]) -> None:
    surface = read(source)
    assert surface.problem == ""
    assert {name: list(records) for name, records in surface.symbols.items()} == expected


SELF = Parameter("self")
CLASSES: list[tuple[str, dict[str, list[Record]]]] = [
    ("class C: ...", {"C": [ClassRecord()]}),
    ("class C(Generic[T], a.B): ...", {"C": [ClassRecord(("Generic", "a.B"))]}),
    ("class C(metaclass=ABCMeta): ...", {"C": [ClassRecord(keywords=("metaclass=ABCMeta",))]}),
    ("@dec\n@reg.ister('x')\nclass C: ...", {"C": [ClassRecord(decorators=("dec", "reg.ister"))]}),
    (
        "@deprecated('x')\nclass C: ...",
        {"C": [ClassRecord(decorators=("deprecated",), marks=Mark.DEPRECATED)]},
    ),
    (
        "class C:\n  @property\n  def p(self) -> int: ...\n  @p.setter\n  def p(self, v): ...",
        {"C": [ClassRecord()], "C.p": [function("self", returns="int", marks=Mark.PROPERTY)]},
    ),
    (
        "class C:\n  @classmethod\n  @abstractmethod\n  def m(cls): ...\n  @staticmethod\n  def s(a): ...",
        {
            "C": [ClassRecord()],
            "C.m": [function("cls", marks=Mark.CLASSMETHOD | Mark.ABSTRACT)],
            "C.s": [function("a", marks=Mark.STATICMETHOD)],
        },
    ),
    (
        "class C:\n  def m(self):\n    '''Doc.'''\n    raise NotImplementedError('no')",
        {"C": [ClassRecord()], "C.m": [function("self", marks=Mark.NOT_IMPLEMENTED)]},
    ),
    (
        "class C:\n  def m(self):\n    x()\n    raise NotImplementedError",
        {"C": [ClassRecord()], "C.m": [function("self")]},
    ),
    (
        "class C:\n  class D:\n    x = 1\n    def m(self): ...",
        {
            "C": [ClassRecord()],
            "C.D": [ClassRecord()],
            "C.D.x": [attribute(value="int()")],
            "C.D.m": [function("self")],
        },
    ),
    (
        "class C:\n  def a(self): ...\n  b = a\n  c = other",
        {
            "C": [ClassRecord()],
            "C.a": [function("self")],
            "C.b": [attribute(value="C.a")],
            "C.c": [attribute(value="other")],
        },
    ),
    (
        "class C:\n  if a:\n    def m(self): ...",
        {"C": [ClassRecord()], "C.m": [function("self", marks=CONDITIONAL)]},
    ),
    (
        "if a:\n  class C:\n    def m(self): ...",
        {"C": [ClassRecord(marks=CONDITIONAL)], "C.m": [function("self")]},
    ),
    (
        "if a:\n  class C:\n    x = 1\nelse:\n  class C:\n    y = 1",
        {
            "C": [ClassRecord()],
            "C.x": [attribute(value="int()", marks=VALUE | CONDITIONAL)],
            "C.y": [attribute(value="int()", marks=VALUE | CONDITIONAL)],
        },
    ),
    ("class C:\n  x = 1\nclass C:\n  y = 1", {"C": [ClassRecord()], "C.y": [attribute(value="int()")]}),
    ("class C: ...\nC.x = 1", {"C": [ClassRecord()], "C.x": [attribute(value="int()")]}),
    ("class C: ...\nsetattr(C, 'x', 1)", {"C": [ClassRecord()], "C.x": [attribute(value="int()")]}),
    # fields
    (
        """
        @dataclass(kw_only=True, repr=False)
        class C:
            a: int
            b: "Optional[Foo]" = None
            c: InitVar[int] = 0
            d: ClassVar[str] = ""
            e: list[int] = field(default_factory=list)
            f: int = field(init=False)
            g: int = field(kw_only=True)
            _: KW_ONLY
            h: int
        """,
        {
            "C": [ClassRecord((), ("dataclass",), ("a", "b", "c", "e", "f", "g", "h"), ("kw_only=True",))],
            "C.a": [attribute("int", marks=Mark(0))],
            "C.b": [attribute("Foo | None")],
            "C.c": [attribute("int", marks=VALUE | Mark.INIT_VAR)],
            "C.d": [attribute("str", marks=VALUE | Mark.CLASS_VAR)],
            "C.e": [attribute("list[int]")],
            "C.f": [attribute("int", marks=Mark.NO_INIT)],
            "C.g": [attribute("int", marks=Mark.KW_ONLY)],
            "C.h": [attribute("int", marks=Mark.KW_ONLY)],
        },
    ),
    (
        "class P(NamedTuple):\n  a: int\n  b: str = ''",
        {
            "P": [ClassRecord(("NamedTuple",), (), ("a", "b"))],
            "P.a": [attribute("int", marks=Mark(0))],
            "P.b": [attribute("str")],
        },
    ),
    (
        "class E(enum.IntEnum):\n  A = 1\n  B = enum.auto()\n  _ignore_ = []\n  def m(self): ...",
        {
            "E": [ClassRecord(("enum.IntEnum",), (), ("A", "B"))],
            "E.A": [attribute(value="int()")],
            "E.B": [attribute(value="enum.auto()")],
            "E._ignore_": [attribute(value="list()")],
            "E.m": [function("self")],
        },
    ),
    (
        "class C:\n  if TYPE_CHECKING:\n    a: int\n  b: int",
        {
            "C": [ClassRecord(fields=("b",))],
            "C.a": [attribute("int", marks=TYPE_ONLY)],
            "C.b": [attribute("int", marks=Mark(0))],
        },
    ),
]


@pytest.mark.parametrize(("source", "expected"), CLASSES, ids=[source for source, _ in CLASSES])
def test_a_class_offers_exactly(source: str, expected: dict[str, list[Record]]) -> None:
    surface = read(source)
    assert surface.problem == ""
    assert {name: list(records) for name, records in surface.symbols.items()} == expected


OWN = Mark.INSTANCE
INSTANCES: list[tuple[str, dict[str, list[tuple[str, str]]]]] = [
    ("def __init__(self, a: 'Foo | None'): self.a = a", {"a": [("Foo | None", "")]}),
    ("def __init__(self, a): self.a = a", {"a": [("", "")]}),
    ("def __init__(self, a: Foo): self.b = a.c.d", {"b": [("", "Foo@.c.d")]}),
    ("def __init__(self, a: Optional[Foo]): self.b = a.c", {"b": [("", "Foo@.c")]}),
    ("def __init__(self, a: type[Foo]): self.b = a()", {"b": [("", "Foo()")]}),
    ("def __init__(self, a: list[Foo]): self.b = a.c", {"b": [("", "")]}),
    ("def __init__(self): self.a = Foo(1)", {"a": [("", "Foo()")]}),
    ("def __init__(self): self.a = 1", {"a": [("", "int()")]}),
    ("def __init__(self): self.a: Foo = f()", {"a": [("Foo", "")]}),
    ("def __init__(self): self.a, self.b = Foo(), 1", {"a": [("", "Foo()")], "b": [("", "int()")]}),
    ("def __init__(self): self.a, self.b = f()", {"a": [("", "")], "b": [("", "")]}),
    ("def m(self):\n  with f() as self.a: ...", {"a": [("", "")]}),
    ("def m(self):\n  for self.a in f(): ...", {"a": [("", "")]}),
    ("def m(self): self.a = self.b.c", {"a": [("", "C@.b.c")]}),
    ("def m(self): self.a = self.a", {}),
    ("def m(self):\n  x = Foo()\n  self.a = x.y", {"a": [("", "Foo().y")]}),
    ("def m(self, p: Foo):\n  x = p.q\n  self.a = x", {"a": [("", "Foo@.q")]}),
    ("def m(self):\n  x = Foo()\n  x = Bar()\n  self.a = x", {"a": [("", "")]}),
    ("def m(self):\n  x: Foo = f()\n  self.a = x", {"a": [("", "Foo@")]}),
    ("def m(self):\n  for x in items: self.a = x", {"a": [("", "items[]")]}),
    ("def m(self):\n  x = x.y\n  self.a = x", {"a": [("", "")]}),
    ("def m(self):\n  from z import Foo\n  self.a = Foo()", {"a": [("", "")]}),
    ("def __init__(self): self.a = None\n def m(self): self.a = Foo()", {"a": [("", "Foo()")]}),
    (
        "def __init__(self): self.a = Bar()\n def m(self): self.a = Foo()",
        {"a": [("", "Bar()"), ("", "Foo()")]},
    ),
    ("def __init__(self): self.a = f() + 1\n def m(self): self.a = Foo()", {"a": [("", "")]}),
    ("def m(self): self.register_buffer('a', x)", {"a": [("", "")]}),
    ("def m(self): setattr(self, 'a', 1)", {"a": [("", "int()")]}),
    ("def m(self, n): setattr(self, n, 1)", {"__getattr__": [("", "")]}),
    ("def m(this): this.a = 1", {"a": [("", "int()")]}),
    ("def m(self):\n  def inner():\n    self.a = 1", {"a": [("", "int()")]}),
    ("@staticmethod\n def m(self): self.a = 1", {}),
    ("def m(self, other): other.a = 1", {}),
    ("__slots__ = ('a', 'b')", {"a": [("", "")], "b": [("", "")]}),
]


@pytest.mark.parametrize(("body", "expected"), INSTANCES, ids=[body for body, _ in INSTANCES])
def test_an_instance_has(body: str, expected: dict[str, list[tuple[str, str]]]) -> None:
    surface = read(f"class C:\n {body}")
    found = {
        name.removeprefix("C."): [(record.annotation, record.value) for record in records]  # type: ignore[union-attr]
        for name, records in surface.symbols.items()
        if any(isinstance(record, AttributeRecord) and record.marks & OWN for record in records)
    }
    assert found == expected


def test_a_class_attribute_with_an_annotation_says_more_than_assignments() -> None:
    surface = read("class C:\n  a: Foo\n  b = None\n  def m(self):\n    self.a = f()\n    self.b = Foo()")
    assert surface.symbols["C.a"] == (attribute("Foo", marks=Mark(0)),)
    assert surface.symbols["C.b"] == (attribute(value="None"), attribute(value="Foo()", marks=OWN))


@pytest.mark.parametrize(
    "body",
    [
        "@classmethod\n def m(cls): cls.a = 1",
        "def __init_subclass__(cls): cls.a = 1",
        "def m(self): type(self).a = 1",
        "def m(self): self.__class__.a = 1",
    ],
)
def test_what_a_method_gives_its_class_is_no_instance_attribute(body: str) -> None:
    assert read(f"class C:\n {body}").symbols["C.a"] == (attribute(value="int()", marks=Mark(0)),)


def test_a_value_from_outside_vllm_is_not_told() -> None:
    surface = read("import torch\nclass C:\n  def m(self): self.a = torch.zeros(1)")
    assert surface.symbols["C.a"] == (attribute(marks=OWN),)


ANNOTATIONS = [
    ("int", "int"),
    ("'Foo'", "Foo"),
    ("Optional['Foo']", "Foo | None"),
    ("'Optional[Foo]'", "Foo | None"),
    ("typing.Optional[Foo]", "Foo | None"),
    ("Union[int, str, None]", "int | str | None"),
    ("None | Foo", "Foo | None"),
    ("Optional[Union[int, str]]", "int | str | None"),
    ("List[Dict[str, 'Foo']]", "list[dict[str, Foo]]"),
    ("Type[Foo]", "type[Foo]"),
    ("tuple[int, ...]", "tuple[int, ...]"),
    ("tuple[()]", "tuple[()]"),
    ("Callable[[int], str]", "Callable[[int], str]"),
    ("Literal['a', \"b\"]", "Literal['a', 'b']"),
    ("Annotated[int, Field(gt=0)]", "int"),
    ("dict[str, int | None] | None", "dict[str, int | None] | None"),
    ("'not an expression!'", "not an expression!"),
    ("a.b.C", "a.b.C"),
]


@pytest.mark.parametrize(("written", "text"), ANNOTATIONS)
def test_an_annotation_has_one_spelling(written: str, text: str) -> None:
    (record,) = read(f"def f(a: {written}): ...").symbols["f"]
    assert isinstance(record, FunctionRecord)
    assert record.signature.parameters[0].annotation == text


ALL = [
    ("__all__ = ['a', 'b']", ("a", "b"), True),
    ("__all__ = ('a',)", ("a",), True),
    ("__all__ = ['a']\n__all__ += ['b']", ("a", "b"), True),
    ("__all__ = ['a']\n__all__.extend(['b'])\n__all__.append('c')", ("a", "b", "c"), True),
    ("__all__ = ['a'] + ['b']", ("a", "b"), True),
    ("__all__ = ['a', *other.__all__]", ("a",), False),
    ("__all__ = ['a'] + other.__all__", ("a",), False),
    ("T = {'a': 1, 'b': 2}\n__all__ = list(T)", ("a", "b"), True),
    ("T = {'a': 1}\n__all__ = sorted(T.keys())", ("a",), True),
    ("T = ['a']\n__all__ = [*T, 'b']", ("a", "b"), True),
    ("__all__ = ['a']\nif x:\n  __all__ += ['b']", ("a",), False),
    ("__all__ = f()", (), False),
]


@pytest.mark.parametrize(("source", "names", "complete"), ALL, ids=[source for source, *_ in ALL])
def test_all_names_are_evaluated(source: str, names: tuple[str, ...], complete: bool) -> None:  # noqa: FBT001
    assert read(source).symbols["__all__"] == (AllNames(names, complete),)


REFUSE = "raise AttributeError(name)"
LAZY = [
    (f"if name == 'a':\n  from .x import a\n  return a\n {REFUSE}", {"a": "vllm.pkg.x.a"}, True, ()),
    (f"if name == 'a':\n  return Real\n {REFUSE}", {"a": "vllm.pkg.mod.Real"}, True, ()),
    (
        (
            f"if name == 'a':\n  from v import b\n  warnings.warn('a', DeprecationWarning)\n"
            f"  return b\n {REFUSE}"
        ),
        {"a": "v.b"},
        True,
        ("a",),
    ),
    ("if name == 'a':\n  from v import a\n  return a", {"a": "v.a"}, False, ()),
    (f"if name in TABLE:\n  return TABLE[name]()\n {REFUSE}", {"p": "", "q": ""}, True, ()),
    (
        (
            f"if name in PATHS:\n  m, n = PATHS[name].split(':')\n"
            f"  return getattr(import_module(m, __package__), n)\n {REFUSE}"
        ),
        {"E": "vllm.pkg.eng:E".replace(":", ".")},
        True,
        (),
    ),
    (
        (
            f"if name in MODULES:\n  m = importlib.import_module(MODULES[name])\n"
            f"  return getattr(m, name)\n {REFUSE}"
        ),
        {"F": "v.f.F"},
        True,
        (),
    ),
    (
        (
            f"if name in MODULES:\n  s = MODULES[name]\n  m = __import__(f'w.{{s}}', fromlist=[s])\n"
            f"  return getattr(m, name)\n {REFUSE}"
        ),
        {"F": "w.v.f.F"},
        True,
        (),
    ),
    (
        (
            f"m = MODULES.get(name)\n if m is not None:\n"
            f"  return getattr(importlib.import_module(m), name)\n {REFUSE}"
        ),
        {"F": "v.f.F"},
        True,
        (),
    ),
    (
        f"if name in __all__:\n  from . import model\n  return getattr(model, name)\n {REFUSE}",
        {"M": "vllm.pkg.model.M"},
        True,
        (),
    ),
    (
        (
            f"if name in {{'a'}}:\n  if rocm():\n   from .x import a\n  else:\n   from .y import a\n"
            f"  return a\n {REFUSE}"
        ),
        {"a": ""},
        True,
        (),
    ),
    (f"if name not in globals():\n  {REFUSE}\n return globals()[name]", {}, True, ()),
    ("return make(name)", {}, False, ()),
    (f"if name.startswith('VLLM_'):\n  return 1\n {REFUSE}", {}, False, ()),
    (f"if name != 'a':\n  {REFUSE}\n return compute()", {"a": ""}, True, ()),
]
TABLES = """
TABLE = {'p': lambda: 1, 'q': lambda: 2}
PATHS = {'E': '.eng:E'}
MODULES = {'F': 'v.f'}
__all__ = ['M']
"""


@pytest.mark.parametrize(("body", "targets", "complete", "deprecated"), LAZY, ids=[body for body, *_ in LAZY])
def test_a_lazy_module_is_evaluated(
    body: str,
    targets: dict[str, str],
    complete: bool,  # noqa: FBT001
    deprecated: tuple[str, ...],
) -> None:
    source = f"{TABLES}\ndef __getattr__(name):\n {body}"
    (lazy,) = read(source).symbols["__getattr__"]
    assert isinstance(lazy, LazyNames)
    if complete:
        assert dict(lazy.targets) == targets
    assert set(targets.items()) <= set(lazy.targets)
    assert (lazy.complete, lazy.deprecated) == (complete, deprecated)


@pytest.mark.parametrize(
    "source",
    [
        "globals()['a'] = 1",
        "for n in names:\n  globals()[n] = make(n)",
        "globals().update(make())",
        "vars()['a'] = 1",
        "sys.modules[__name__] = Lazy()",
        "setattr(sys.modules[__name__], n, 1)",
    ],
)
def test_a_module_that_computes_its_names_may_offer_any(source: str) -> None:
    assert LazyNames((), complete=False) in read(source).symbols["__getattr__"]


def test_names_computed_inside_functions_are_none_of_the_module() -> None:
    assert "__getattr__" not in read("def f():\n  globals()['a'] = 1").symbols


RECEIVERS = [
    ("def f(a: A):\n  a.go(1, x=2)", "a", Shape(1, ("x",))),
    ("def f(a):\n  a.b.go(*x, **y)", "a.b", Shape(star=True, double_star=True)),
    ("def f():\n  current_platform.go()", "current_platform", Shape()),
    ("def f():\n  get_group().go(1)", "get_group()", Shape(1)),
    ("def f(a):\n  for x in a.items_: x.go()", "a.items_[]", Shape()),
    ("def f(a):\n  x = a.b\n  x.go()", "a.b", Shape()),
    ("def f():\n  x = unknown + 1\n  x.go()", "x", Shape()),
    ("async def f(a):\n  await a.go()", "a", Shape()),
    ("def f(a):\n  return [y for y in z if a.go(lambda: 1)]", "a", Shape(1)),
    ("def f(a):\n  def g():\n    a.go()", "a", Shape()),
    ("current = 1\ndef f(a):\n  a[0].go()", "a[]", Shape()),
]


@pytest.mark.parametrize(("source", "receiver", "shape"), RECEIVERS, ids=[source for source, *_ in RECEIVERS])
def test_a_call_of_another_object_is_told(source: str, receiver: str, shape: Shape) -> None:
    (call,) = [call for call in read(source).calls if call.method == "go"]
    line = next(number for number, text in enumerate(source.splitlines(), 1) if "go(" in text)
    assert call == EngineCall("go", receiver, "f", shape, line)


@pytest.mark.parametrize(
    "source",
    [
        "class C:\n  def f(self): self.go()",
        "class C:\n  @classmethod\n  def f(cls): cls.go()",
        "class C:\n  def f(self): super().go()",
        "import torch\ndef f(): torch.go()",
        "from torch import nn\ndef f(): nn.go()",
        "def f(a): a.append(1)",
        "def f(): logger.info('x')",
        "def f(): (a or b).go()",
        "name = 1\ndef f():\n  name = a + b\n  name.go()",
        "go()",
    ],
)
def test_other_calls_are_not(source: str) -> None:
    assert [call for call in read(source).calls if call.method in {"go", "append", "info"}] == []


@pytest.mark.parametrize(
    ("source", "receiver"),
    [
        ("class C:\n  def f(self): self.go(1, x=2)", "self"),
        ("class C:\n  @classmethod\n  def f(cls): cls.go(1, x=2)", "cls"),
    ],
)
def test_a_call_of_the_object_itself_is_told_where_it_passes_something(source: str, receiver: str) -> None:
    (call,) = read(source).calls
    assert (call.receiver, call.scope, call.shape) == (receiver, "C.f", Shape(1, ("x",)))
    assert (call.on_itself, call.owner) == (True, "C")


def test_a_function_that_is_no_method_has_no_object_of_its_own() -> None:
    assert read("def f(self): self.go(1)").calls == ()
    assert read("class C:\n  @staticmethod\n  def f(self): self.go(1)").calls == ()


def test_a_method_call_knows_its_scope() -> None:
    (call,) = read("class C:\n  class D:\n    def m(self): self.x.go()").calls
    assert (call.scope, call.receiver) == ("C.D.m", "self.x")


BAD = [
    ("def f(:", "SyntaxError"),
    ("x = '\x00'", "SyntaxError"),
    ("x = " + "(" * 400 + ")" * 400, ""),
    ("print 'python 2'", "SyntaxError"),
]


@pytest.mark.parametrize(("source", "problem"), BAD, ids=["half", "nul", "nested", "old"])
def test_a_file_that_cannot_be_parsed_says_why(source: str, problem: str) -> None:
    surface = read(source)
    assert surface.symbols == {}
    assert surface.problem != ""
    assert problem in surface.problem


def test_a_file_in_another_encoding_says_why() -> None:
    surface = read_source("x = 'é'".encode("latin-1"), "vllm.x", is_package=False)
    assert "SyntaxError" in surface.problem
    assert (
        "x" in read_source("# coding: latin-1\nx = 'é'".encode("latin-1"), "vllm.x", is_package=False).symbols
    )


def test_a_package_is_where_its_relative_imports_start() -> None:
    surface = read("from .a import x\nfrom . import y\nfrom ..b import z", "vllm.pkg", is_package=True)
    assert surface.symbols == {
        "x": (imported("vllm.pkg.a", "x"),),
        "y": (imported("vllm.pkg", "y"),),
        "z": (imported("vllm.b", "z"),),
    }


def test_tables_that_name_each_other_come_to_an_end() -> None:
    source = (
        "A = B\nB = A\n__all__ = list(A)\n"
        "def __getattr__(name):\n  if name in A:\n    return 1\n  raise AttributeError"
    )
    assert read(source).symbols["__all__"] == (AllNames((), complete=False),)
