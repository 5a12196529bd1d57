"""PM401 to PM407: what the plugin's classes implement, override and inherit."""

# ruff: noqa: E501
# Sources stand in one piece, however long the line.

from .row import Row

REGISTERED = "def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\n"


def base(*bodies: str, bases: str = "", callers: str = "") -> tuple[str, ...]:
    """Return engines whose class `Base` has each body in turn; `callers` follows in a module of its own."""
    return tuple(
        "#: vllm/base.py\nfrom abc import ABC, abstractmethod\n"
        f"class Base({bases}):\n    name = 'base'\n"
        + "".join(f"    {line}\n" for line in body.split("\n") if line)
        + "class Sub(Base): ...\n"
        + (f"#: vllm/callers.py\nfrom vllm.base import Base\n{callers}" if callers else "")
        for body in bodies
    )


def calls(*calls: str) -> tuple[str, ...]:
    """Return engines that call a method of `Base` in each way in turn."""
    return tuple(
        f"#: vllm/base.py\nclass Base:\n    name = 'base'\n    def m(self, a=1, b=2, **more): ...\nclass Sub(Base): ...\n"
        f"#: vllm/callers.py\nfrom vllm.base import Base\ndef use(base: Base):\n    base.m({one})\n"
        for one in calls
    )


def own_calls(*calls: str, callers: str = "def use(base: Base):\n    base.outer()\n") -> tuple[str, ...]:
    """Return engines whose `Base` calls a method of itself in each way in turn."""
    return tuple(
        f"#: vllm/base.py\nclass Base:\n    def m(self, a=1, b=2): ...\n    def outer(self):\n        self.m({one})\n"
        f"class Sub(Base): ...\n{callers}"
        for one in calls
    )


def mine(body: str, header: str = "class Acme(Base):") -> str:
    return REGISTERED + header + "\n" + "".join(f"    {line}\n" for line in body.split("\n") if line)


def override(parameters: str) -> str:
    return mine(f"def m({parameters}): ...")


ABSTRACT = "@abstractmethod\ndef m(self): ..."
M = "vllm.base.Base.m"
LEFT = "x = 1"

ROWS = (
    # ---- PM401
    Row(
        "an abstract member that is given",
        base("", ABSTRACT, bases="ABC"),
        mine("def m(self): ..."),
        point="platform",
    ),
    Row(
        "an abstract member that came",
        base("", ABSTRACT, bases="ABC"),
        mine(LEFT),
        (f"PM401 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "an abstract member that no longer is",
        base(ABSTRACT, "def m(self): ...", bases="ABC"),
        mine(LEFT),
        (f"PM401 error {M} 0.10.0",),
        "platform",
    ),
    Row("an abstract member without ABC", base("", ABSTRACT), mine(LEFT), (), "platform"),
    Row(
        "an abstract property that came",
        base("", "@property\n@abstractmethod\ndef m(self): ...", bases="ABC"),
        mine(LEFT),
        (f"PM401 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "an abstract property given as an attribute",
        base("", "@property\n@abstractmethod\ndef m(self): ...", bases="ABC"),
        mine("m = 1"),
        (),
        "platform",
    ),
    Row(
        "an abstract member given by a base in the plugin",
        base("", ABSTRACT, bases="ABC"),
        REGISTERED + "class Middle(Base):\n    def m(self): ...\nclass Acme(Middle): ...\n",
        (),
        "platform",
    ),
    Row(
        "an abstract member given by a mixin of the plugin",
        base("", ABSTRACT, bases="ABC"),
        REGISTERED + "class Mixin:\n    def m(self): ...\nclass Acme(Mixin, Base): ...\n",
        (),
        "platform",
    ),
    Row(
        "an abstract class in the middle is completed below",
        base("", ABSTRACT, bases="ABC"),
        REGISTERED + "class Middle(Base): ...\nclass Acme(Middle):\n    def m(self): ...\n",
        (),
        "platform",
    ),
    Row(
        "an abstract class of the plugin's own",
        base("", ABSTRACT, bases="ABC"),
        "from abc import abstractmethod\nfrom vllm.base import Base\nclass Mine(Base):\n"
        "    @abstractmethod\n    def mine(self): ...\ndef register(): ...\n",
    ),
    Row(
        "a class with a base of another distribution may have it from there",
        base("", ABSTRACT, bases="ABC"),
        REGISTERED + "from other import Mixin\nclass Acme(Mixin, Base): ...\n",
        (),
        "platform",
    ),
    Row(
        "a class that nobody is seen to make",
        base("", ABSTRACT, bases="ABC"),
        "from vllm.base import Base\nclass Mine(Base): ...\ndef register(): ...\n",
        (f"PM401 warning {M} 0.11.0",),
    ),
    Row(
        "a class that lacks a member on every release and that nobody is seen to make",
        base(ABSTRACT, ABSTRACT, bases="ABC"),
        "from vllm.base import Base\nclass Mine(Base): ...\ndef register(): ...\n",
    ),
    Row(
        "a class that the plugin makes",
        base("", ABSTRACT, bases="ABC"),
        "from vllm.base import Base\nclass Mine(Base):\n    def __init__(self): ...\ndef register(): Mine()\n",
        (f"PM401 error {M} 0.11.0",),
    ),
    # ---- PM402
    Row(
        "a member that only raises and that vLLM calls",
        base("", "def m(self): raise NotImplementedError", callers="def use(b: Base):\n    b.m()\n"),
        mine(LEFT),
        ("PM402 warning vllm.base.Base 0.11.0",),
        "platform",
    ),
    Row(
        "a member that only raises and that a class of vLLM's leaves out as well",
        base("", "def m(self): raise NotImplementedError", callers="def use(b: Base):\n    b.m()\n"),
        mine(LEFT, "from vllm.base import Sub\nclass Acme(Sub):"),
        (),
        "platform",
    ),
    Row(
        "a member that only raises and that nobody calls",
        base("", "def m(self): raise NotImplementedError"),
        mine(LEFT),
        (),
        "platform",
    ),
    Row(
        "a member that only raises and that the plugin gives",
        base("", "def m(self): raise NotImplementedError", callers="def use(b: Base):\n    b.m()\n"),
        mine("def m(self): ..."),
        (),
        "platform",
    ),
    Row(
        "a member that only raises on every release was left out on purpose",
        base(*["def m(self): raise NotImplementedError"] * 2, callers="def use(b: Base):\n    b.m()\n"),
        mine(LEFT),
        (),
        "platform",
    ),
    # ---- PM403
    Row(
        "an override that takes what is passed",
        calls("1, 2", "1, b=2"),
        override("self, a, b"),
        (),
        "platform",
    ),
    Row(
        "a keyword came to be passed",
        calls("1", "1, b=2"),
        override("self, a"),
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a positional argument came to be passed",
        calls("1", "1, 2"),
        override("self, a"),
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "an argument is no longer passed",
        calls("1, 2", "1"),
        override("self, a, b"),
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "an argument is no longer passed, with a default",
        calls("1, 2", "1"),
        override("self, a, b=0"),
        (),
        "platform",
    ),
    Row("any keyword is taken", calls("1", "1, b=2"), override("self, a, **rest"), (), "platform"),
    Row("anything is taken", calls("1", "1, 2"), override("self, *args"), (), "platform"),
    Row(
        "a parameter is called otherwise",
        calls("1", "a=1"),
        override("self, x"),
        (f"PM403 warning {M} 0.11.0",),
        "platform",
    ),
    Row("an override that never fitted", calls("1, 2", "1, b=2"), override("self, x, y, z"), (), "platform"),
    Row(
        "a class method in the plugin",
        calls("1", "1, b=2"),
        mine("@classmethod\ndef m(cls, a): ..."),
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a static method in the plugin",
        calls("1", "1, b=2"),
        mine("@staticmethod\ndef m(a): ..."),
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "an override behind an unknown decorator",
        calls("1", "1, b=2"),
        mine("@other\ndef m(self, a): ..."),
        (),
        "platform",
    ),
    Row(
        "an override inherited within the plugin",
        calls("1", "1, b=2"),
        REGISTERED + "class Middle(Base):\n    def m(self, a): ...\nclass Acme(Middle): ...\n",
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "an override in a class that nobody is seen to use",
        calls("1", "1, b=2"),
        "from vllm.base import Base\nclass Mine(Base):\n    def m(self, a): ...\ndef register(): ...\n",
        (f"PM403 warning {M} 0.11.0",),
    ),
    Row(
        "what a method of the base, which vLLM calls, passes to another",
        own_calls("1", "1, b=2"),
        override("self, a"),
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "what a method of the base, which nothing is seen to call, passes to another",
        own_calls("1", "1, b=2", callers=""),
        override("self, a"),
        (f"PM403 warning {M} 0.11.0",),
        "platform",
    ),
    Row(
        "what a method of the base passes that the plugin overrides too",
        own_calls("1", "1, b=2"),
        mine("def m(self, a): ...\ndef outer(self): ..."),
        (),
        "platform",
    ),
    Row(
        "what a method of the base passes that the plugin overrides and calls",
        own_calls("1", "1, b=2"),
        mine("def m(self, a): ...\ndef outer(self): super().outer()"),
        (f"PM403 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a call through an object of unknown type says nothing",
        (
            "#: vllm/base.py\nclass Base:\n    def m(self, a, b=1): ...\ndef use(x):\n    x.m(1)\n",
            "#: vllm/base.py\nclass Base:\n    def m(self, a, b=1): ...\ndef use(x):\n    x.m(1, b=2)\n",
        ),
        override("self, a"),
        (),
        "platform",
    ),
    Row(
        "a base that gained an optional parameter",
        base("def m(self, a): ...", "def m(self, a, b=1): ..."),
        override("self, a"),
        (),
        "platform",
    ),
    Row(
        "a base that gained a required parameter",
        base("def m(self, a): ...", "def m(self, a, b): ..."),
        override("self, a"),
        (f"PM403 warning {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a base lost a parameter that the override needs",
        base("def m(self, a, b): ...", "def m(self, a): ..."),
        override("self, a, b"),
        ("PM403 warning vllm.base.Base.m 0.11.0",),
        "platform",
    ),
    Row(
        "a base lost a parameter that the override needs, and calls it",
        base("def m(self, a, b): ...", "def m(self, a): ...", callers="def use(b: Base):\n    b.m(1)"),
        override("self, a, b"),
        ("PM403 error vllm.base.Base.m 0.11.0",),
        "platform",
    ),
    Row(
        "a base lost a parameter that the override needs, which the plugin calls itself",
        base("def m(self, a, b): ...", "def m(self, a): ..."),
        override("self, a, b") + "    def use(self): self.m(1, 2)\n",
        (),
        "platform",
    ),
    Row(
        "an override with a parameter that no release has",
        base("def m(self, a): ...", "def m(self): ..."),
        override("self, a, mine"),
        (),
        "platform",
    ),
    Row(
        "an abstract constructor says what instances are made with",
        base("@abstractmethod\ndef __init__(self, a): ...", "@abstractmethod\ndef __init__(self, a, b): ..."),
        mine("def __init__(self, a): ..."),
        ("PM403 warning vllm.base.Base.__init__ 0.11.0",),
        "platform",
    ),
    Row(
        "constructors differ freely",
        base("def __init__(self, a): ...", "def __init__(self, a, b): ..."),
        mine("def __init__(self): ..."),
        (),
        "platform",
    ),
    # ---- PM404
    Row(
        "an override whose base is gone",
        base("def m(self): ...", ""),
        override("self"),
        (f"PM404 advice {M} 0.11.0",),
        "platform",
    ),
    Row("an override ahead of its base", base("", "def m(self): ..."), override("self"), (), "platform"),
    Row("a method of the plugin's own", base("", ""), override("self"), (), "platform"),
    Row(
        "an override whose base is gone and that the plugin calls",
        base("def m(self): ...", ""),
        mine("def m(self): ...\ndef n(self): self.m()"),
        (),
        "platform",
    ),
    Row(
        "an override whose base may come from elsewhere",
        (*base("def m(self): ..."), "#: vllm/base.py\nimport other\nclass Base(other.Base): ...\n"),
        override("self"),
        (),
        "platform",
    ),
    # ---- PM405
    Row(
        "an attribute of the base that went",
        base("size = 1", ""),
        mine("def n(self): return self.size"),
        ("PM405 warning vllm.base.Base.size 0.11.0",),
        "platform",
    ),
    Row(
        "an attribute of the base that went, in an override",
        base("size = 1\ndef m(self): ...", "def m(self): ..."),
        mine("def m(self): return self.size"),
        ("PM405 error vllm.base.Base.size 0.11.0",),
        "platform",
    ),
    Row(
        "an instance attribute of the base that went",
        base("def __init__(self): self.size = 1\ndef m(self): ...", "def m(self): ..."),
        mine("def m(self): return self.size"),
        ("PM405 error vllm.base.Base.size 0.11.0",),
        "platform",
    ),
    Row(
        "an attribute that the plugin's class sets too",
        base("size = 1\ndef m(self): ...", "def m(self): ..."),
        mine("def __init__(self): self.size = 2\ndef m(self): return self.size"),
        (),
        "platform",
    ),
    Row(
        "an attribute that no release's base has",
        base("def m(self): ...", "def m(self): ..."),
        mine("def m(self): return self.size"),
        (),
        "platform",
    ),
    Row(
        "an attribute that a subclass in the plugin gives",
        base("size = 1\ndef m(self): ...", "def m(self): ..."),
        REGISTERED
        + "class Middle(Base):\n    def m(self): return self.size\nclass Acme(Middle):\n    size = 2\n",
        (),
        "platform",
    ),
    Row(
        "an attribute asked for with getattr on itself",
        base("size = 1\ndef m(self): ...", "def m(self): ..."),
        mine("def m(self): return getattr(self, 'size', 0)"),
        (),
        "platform",
    ),
    Row(
        "an inherited method called with what it no longer takes",
        base("def n(self, a): ...\ndef m(self): ...", "def n(self): ...\ndef m(self): ..."),
        mine("def m(self): return self.n(1)"),
        ("PM301 error vllm.base.Base.n 0.11.0",),
        "platform",
    ),
    # ---- PM406
    Row(
        "a super() call that always fits",
        base("def m(self, a): ...", "def m(self, a, b=1): ..."),
        mine("def m(self, a): return super().m(a)"),
        (),
        "platform",
    ),
    Row(
        "a super() call that no longer fits",
        base("def m(self, a): ...", "def m(self, a, b): ..."),
        mine("def m(self, *args): return super().m(1)"),
        (f"PM406 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a super() call that hands everything through",
        base("def m(self, a): ...", "def m(self, a, b): ..."),
        mine("def m(self, *args, **kwargs): return super().m(*args, **kwargs)"),
        (),
        "platform",
    ),
    Row(
        "a super() call whose target went",
        base("def m(self): ...\ndef n(self): ...", "def n(self): ..."),
        mine("def n(self): return super().m()"),
        (f"PM406 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a super() call in a constructor",
        base("def __init__(self, a): ...", "def __init__(self): ..."),
        mine("def __init__(self): super().__init__(1)"),
        ("PM406 error vllm.base.Base.__init__ 0.11.0",),
        "platform",
    ),
    Row(
        "a super() call in a constructor with arguments for object",
        base("def __init__(self): ...", ""),
        mine("def __init__(self): super().__init__()"),
        (),
        "platform",
    ),
    Row(
        "a super() call that stays in the plugin",
        base("def m(self, a): ...", "def m(self): ..."),
        REGISTERED
        + "class Middle(Base):\n    def m(self, *args): ...\nclass Acme(Middle):\n    def m(self, *args): return super().m(1)\n",
        (),
        "platform",
    ),
    Row(
        "a super() call past a base of another distribution",
        base("def m(self, a): ...", "def m(self): ..."),
        REGISTERED
        + "from other import Mixin\nclass Acme(Mixin, Base):\n    def m(self, *args): return super().m(1)\n",
        (),
        "platform",
    ),
    # ---- PM407
    Row(
        "a method that became a property",
        base("def m(self): ...", "@property\ndef m(self): ..."),
        override("self"),
        (f"PM407 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a property that became a method",
        base("@property\ndef m(self): ...", "def m(self): ..."),
        mine("@property\ndef m(self): ..."),
        (f"PM407 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a method that became a class method",
        base("def m(self): ...", "@classmethod\ndef m(cls): ..."),
        override("self"),
        (f"PM407 error {M} 0.11.0",),
        "platform",
    ),
    Row(
        "a class method that became a static method",
        base("@classmethod\ndef m(cls): ...", "@staticmethod\ndef m(): ..."),
        mine("@classmethod\ndef m(cls): ..."),
        (),
        "platform",
    ),
    Row(
        "a kind that never agreed",
        base("def m(self): ...", "def m(self): ..."),
        mine("@property\ndef m(self): ..."),
        (),
        "platform",
    ),
)
