"""PM301 to PM303: calls and constructors."""

# ruff: noqa: E501
# Sources stand in one piece, however long the line.

from .row import Row


def function(*signatures: str) -> tuple[str, ...]:
    return tuple(f"#: vllm/f.py\ndef f({signature}): ...\n" for signature in signatures)


def call(arguments: str) -> str:
    return f"from vllm.f import f\ndef register(): f({arguments})\n"


def dataclass(*bodies: str, kind: str = "@dataclass") -> tuple[str, ...]:
    return tuple(
        f"#: vllm/d.py\nfrom dataclasses import dataclass, field, KW_ONLY, InitVar\n{kind}\nclass D:\n"
        + "".join(f"    {line}\n" for line in body.split("; "))
        for body in bodies
    )


def make(arguments: str) -> str:
    return f"from vllm.d import D\ndef register(): D({arguments})\n"


MISFIT = ("PM301 error vllm.f.f 0.11.0",)
UNMADE = ("PM302 error vllm.d.D 0.11.0",)
EXTENDED = (
    "from dataclasses import dataclass\nfrom vllm.d import D\n@dataclass\nclass Mine(D):\n    mine: int\n"
    "def register(): ...\n"
)

ROWS = (
    Row("a call that always fits", function("a, b", "a, b, c=None"), call("1, 2")),
    Row("too many positional arguments", function("a, b", "a"), call("1, 2"), MISFIT),
    Row("a required parameter came", function("a", "a, b"), call("1"), MISFIT),
    Row(
        "a required parameter came before", function("a, b", "a"), call("1"), ("PM301 error vllm.f.f 0.10.0",)
    ),
    Row("an optional parameter came", function("a", "a, b=1"), call("1")),
    Row("a keyword went", function("a, b=1", "a"), call("1, b=2"), MISFIT),
    Row("a keyword was renamed", function("a, b", "a, c"), call("1, b=2"), MISFIT),
    Row("a keyword that anything takes", function("a, b=1", "a, **rest"), call("1, b=2")),
    Row("positional arguments that anything takes", function("a, b", "*rest"), call("1, 2")),
    Row("a parameter became keyword only", function("a, b", "a, *, b"), call("1, 2"), MISFIT),
    Row("a parameter became positional only", function("a, b", "a, b, /"), call("1, b=2"), MISFIT),
    Row("a parameter lost its default", function("a, b=1", "a, b"), call("1"), MISFIT),
    Row("a keyword-only parameter lost its default", function("a, *, b=1", "a, *, b"), call("1"), MISFIT),
    Row("a positional argument became one given twice", function("a, b=1", "b, a=1"), call("1, b=2"), MISFIT),
    Row("starred arguments may be any", function("a, b", "a"), call("*rest")),
    Row("double-starred arguments may be any", function("a, b", "a"), call("1, **rest")),
    Row("starred arguments beside too many", function("a, b, c", "a"), call("1, 2, *rest"), MISFIT),
    Row(
        "a condition that cannot be told chooses the call that fits",
        function("a", "a, b"),
        "import acme.facts\nfrom vllm.f import f\ndef register():\n    if acme.facts.new:\n        f(1, 2)\n    else:\n        f(1)\n",
    ),
    Row(
        "neither of the calls that a condition chooses fits the newest release",
        function("a", "a, b", "a, b, c"),
        "import acme.facts\nfrom vllm.f import f\ndef register():\n    if acme.facts.new:\n        f(1, 2)\n    else:\n        f(1)\n",
        ("PM301 warning vllm.f.f 0.12.0",),
    ),
    Row(
        "a call that a condition chooses beside one that is always made",
        function("a", "a, b"),
        "import acme.facts\nfrom vllm.f import f\ndef register():\n    f(1)\n    if acme.facts.new:\n        f(1, 2)\n",
        ("PM301 error vllm.f.f 0.11.0", "PM301 warning vllm.f.f 0.10.0"),
    ),
    Row("a call that fits no release is to something else", function("a", "a, b"), call("1, 2, 3, 4")),
    Row(
        "a function became a class that takes the same",
        (*function("a"), "#: vllm/f.py\nclass f:\n    def __init__(self, a): ...\n"),
        call("1"),
    ),
    Row(
        "a function became a class that takes something else",
        (*function("a"), "#: vllm/f.py\nclass f:\n    def __init__(self, a, b): ...\n"),
        call("1"),
        ("PM302 error vllm.f.f 0.11.0",),
    ),
    Row(
        "a function behind an unknown decorator may take anything",
        (*function("a"), "#: vllm/f.py\nfrom other import wrap\n@wrap\ndef f(a, b): ...\n"),
        call("1"),
    ),
    Row(
        "one of two definitions under conditions",
        (
            *function("a"),
            "#: vllm/f.py\nimport os\nif os.environ.get('X'):\n    def f(a): ...\nelse:\n    def f(a, b): ...\n",
        ),
        call("1"),
    ),
    Row(
        "the same call in two places is one cause",
        function("a, b", "a"),
        "from vllm.f import f\ndef register():\n    f(1, 2)\n    f(3, 4)\n",
        MISFIT,
    ),
    Row(
        "a constructor that lost a parameter",
        (
            "#: vllm/d.py\nclass D:\n    def __init__(self, a, b): ...\n",
            "#: vllm/d.py\nclass D:\n    def __init__(self, a): ...\n",
        ),
        make("1, b=2"),
        UNMADE,
    ),
    Row(
        "a constructor that a base lost",
        (
            "#: vllm/d.py\nclass B:\n    def __init__(self, a): ...\nclass D(B): ...\n",
            "#: vllm/d.py\nclass B:\n    def __init__(self, a, b): ...\nclass D(B): ...\n",
        ),
        make("1"),
        UNMADE,
    ),
    Row(
        "a constructor of a base of another distribution",
        (
            "#: vllm/d.py\nimport other\nclass D(other.B):\n    def __init__(self, a): ...\n",
            "#: vllm/d.py\nimport other\nclass D(other.B): ...\n",
        ),
        make("1"),
    ),
    Row("a dataclass gained a required field", dataclass("a: int", "a: int; b: int"), make("1"), UNMADE),
    Row("a dataclass gained a field with default", dataclass("a: int", "a: int; b: int = 1"), make("1")),
    Row("a dataclass lost a field", dataclass("a: int; b: int = 1", "a: int"), make("1, b=2"), UNMADE),
    Row("a dataclass renamed a field", dataclass("a: int", "c: int"), make("a=1"), UNMADE),
    Row(
        "a field's default may come from a factory",
        dataclass("a: int", "a: int; b: list = field(default_factory=list)"),
        make("1"),
    ),
    Row(
        "a field without init is no parameter",
        dataclass("a: int; b: int = 1", "a: int; b: int = field(init=False)"),
        make("1, b=2"),
        UNMADE,
    ),
    Row(
        "an InitVar is a parameter",
        dataclass("a: int; b: int = 1", "a: int; b: InitVar[int] = 1"),
        make("1, b=2"),
    ),
    Row(
        "a class variable is no parameter",
        dataclass("a: int", "from typing import ClassVar; a: int; b: ClassVar[int]"),
        make("1"),
    ),
    Row(
        "a dataclass became keyword only",
        (*dataclass("a: int"), *dataclass("a: int", kind="@dataclass(kw_only=True)")),
        make("1"),
        UNMADE,
    ),
    Row(
        "a dataclass that writes its own constructor",
        dataclass("a: int", "a: int; b: int; def __init__(self, a): ..."),
        make("1"),
    ),
    Row(
        "a NamedTuple gained a field",
        (
            "#: vllm/d.py\nfrom typing import NamedTuple\nclass D(NamedTuple):\n    a: int\n",
            "#: vllm/d.py\nfrom typing import NamedTuple\nclass D(NamedTuple):\n    a: int\n    b: int\n",
        ),
        make("1"),
        UNMADE,
    ),
    Row(
        "a msgspec structure lost a field",
        (
            "#: vllm/d.py\nimport msgspec\nclass D(msgspec.Struct):\n    a: int\n    b: int = 1\n",
            "#: vllm/d.py\nimport msgspec\nclass D(msgspec.Struct):\n    a: int\n",
        ),
        make("1, b=2"),
        UNMADE,
    ),
    Row(
        "a method of an object of known type",
        (
            "#: vllm/d.py\nclass D:\n    def m(self, a): ...\n",
            "#: vllm/d.py\nclass D:\n    def m(self, a, b): ...\n",
        ),
        "from vllm.d import D\ndef register(): D().m(1)\n",
        ("PM301 error vllm.d.D.m 0.11.0",),
    ),
    Row(
        "a method of an annotated parameter",
        (
            "#: vllm/d.py\nclass D:\n    def m(self, a): ...\n",
            "#: vllm/d.py\nclass D:\n    def m(self): ...\n",
        ),
        "from vllm.d import D\ndef register(): use(D())\ndef use(d: D): d.m(1)\n",
        ("PM301 error vllm.d.D.m 0.11.0",),
    ),
    Row(
        "a static method",
        (
            "#: vllm/d.py\nclass D:\n    @staticmethod\n    def m(a): ...\n",
            "#: vllm/d.py\nclass D:\n    @staticmethod\n    def m(a, b): ...\n",
        ),
        "from vllm.d import D\ndef register(): D.m(1)\n",
        ("PM301 error vllm.d.D.m 0.11.0",),
    ),
    Row(
        "a class method",
        (
            "#: vllm/d.py\nclass D:\n    @classmethod\n    def m(cls, a): ...\n",
            "#: vllm/d.py\nclass D:\n    @classmethod\n    def m(cls): ...\n",
        ),
        "from vllm.d import D\ndef register(): D.m(1)\n",
        ("PM301 error vllm.d.D.m 0.11.0",),
    ),
    Row(
        "a method called through its class",
        (
            "#: vllm/d.py\nclass D:\n    def m(self, a): ...\n",
            "#: vllm/d.py\nclass D:\n    def m(self, a, b): ...\n",
        ),
        "from vllm.d import D\ndef register(): D.m(D(), 1)\n",
        ("PM301 error vllm.d.D.m 0.11.0",),
    ),
    Row(
        "a function of a module read as an attribute",
        function("a, b", "a"),
        "import vllm.f\ndef register(): vllm.f.f(1, 2)\n",
        MISFIT,
    ),
    Row("a dataclass of the plugin that still fits", dataclass("a: int", "a: int; b: int"), EXTENDED),
    Row(
        "a dataclass of the plugin behind fields that got defaults",
        dataclass("a: int", "a: int = 1"),
        EXTENDED,
        ("PM303 error vllm.d.D 0.11.0",),
    ),
    Row(
        "a dataclass of the plugin behind a field that came with a default",
        dataclass("a: int", "a: int; b: int = 1"),
        EXTENDED,
        ("PM303 error vllm.d.D 0.11.0",),
    ),
    Row(
        "a keyword-only dataclass of the plugin",
        dataclass("a: int", "a: int = 1"),
        EXTENDED.replace("@dataclass\n", "@dataclass(kw_only=True)\n"),
    ),
    Row(
        "fields with defaults in a dataclass of the plugin",
        dataclass("a: int", "a: int = 1"),
        EXTENDED.replace("mine: int", "mine: int = 0"),
    ),
    Row(
        "a dataclass of the plugin whose base is none any more",
        (*dataclass("a: int"), *dataclass("a: int = 1", kind="")),
        EXTENDED,
    ),
    Row(
        "a method of an object that may be of the plugin's own subclass",
        (
            "#: vllm/d.py\nclass D:\n    def m(self, a): ...\n",
            "#: vllm/d.py\nclass D:\n    def m(self, a, b): ...\n",
        ),
        "from vllm.d import D\nclass Mine(D):\n    def m(self, a, b=0): ...\ndef register(): use(Mine())\ndef use(d: D): d.m(1)\n",
    ),
)
