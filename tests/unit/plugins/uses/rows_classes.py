# ruff: noqa: E501 - a row of the table is read on one line
"""Subclasses: what methods ask of `self`, of `super()` and of fields of known type."""

from .told import Row

_BASE = "from vllm.a import Base\n"

ROWS = (
    Row(
        "an attribute that only the base can have",
        _BASE + "class C(Base):\n    def f(self):\n        self.x",
        ("own acme:C.x",),
    ),
    Row(
        "a method that only the base can have",
        _BASE + "class C(Base):\n    def f(self):\n        self.g(1, a=2)",
        ("own acme:C.g (_, a=)",),
    ),
    Row(
        "one that the class has",
        _BASE
        + "class C(Base):\n    y = 1\n    def f(self):\n        self.g()\n        self.y\n        self.z = 1\n        self.z\n    def g(self): ...",
        (),
    ),
    Row(
        "one that another class of the plugin gives it",
        _BASE + "class M:\n    x = 1\nclass C(M, Base):\n    def f(self):\n        self.x",
        (),
    ),
    Row(
        "one that an heir has",
        _BASE + "class C(Base):\n    def f(self):\n        self.x\nclass D(C):\n    x = 1",
        (),
    ),
    Row(
        "one that a sister of an heir has",
        _BASE
        + "class C(Base):\n    def f(self):\n        self.x\nclass M:\n    def x(self): ...\nclass D(M, C): ...",
        (),
    ),
    Row(
        "one that is set from outside",
        _BASE + "class C(Base):\n    def f(self):\n        self.x\nc = C()\nc.x = 1",
        ("call vllm.a.Base ()",),
    ),
    Row(
        "one that is set on something unknown",
        _BASE + "class C(Base):\n    def f(self):\n        self.x\ndef g(o):\n    o.x = 1",
        (),
    ),
    Row("a class without a base in vllm", "class C:\n    def f(self):\n        self.x", ()),
    Row(
        "a chain behind it",
        _BASE + "class C(Base):\n    def f(self):\n        self.x.y",
        ("read vllm.a.Base@.x.y",),
    ),
    Row(
        "a chain where there are two bases",
        "from vllm.a import A, B\nclass C(A, B):\n    def f(self):\n        self.x.y",
        ("own acme:C.x",),
    ),
    Row(
        "a class attribute",
        _BASE + "class C(Base):\n    @classmethod\n    def f(cls):\n        cls.x",
        ("own acme:C.x",),
    ),
    Row(
        "a static method has no self",
        _BASE + "class C(Base):\n    @staticmethod\n    def f(self):\n        self.x",
        (),
    ),
    Row("the class by its name", _BASE + "class C(Base): ...\nC.x", ("own acme:C.x",)),
    Row(
        "the class of self",
        _BASE + "class C(Base):\n    def f(self):\n        type(self).x",
        ("own acme:C.x",),
    ),
    Row(
        "a nested function's self",
        _BASE + "class C(Base):\n    def f(self):\n        def g():\n            self.x",
        ("own acme:C.x",),
    ),
    Row(
        "a lambda's self",
        _BASE + "class C(Base):\n    def f(self):\n        return lambda: self.x",
        ("own acme:C.x",),
    ),
    Row(
        "of an heir of an heir",
        _BASE + "class C(Base): ...\nclass D(C):\n    def f(self):\n        self.x",
        ("own acme:D.x",),
    ),
    Row(
        "a base from another module",
        "from .b import C\nclass D(C):\n    def f(self):\n        self.x\n        self.y\n#: acme/b.py\n"
        + _BASE
        + "class C(Base):\n    y = 1",
        ("own acme:D.x",),
    ),
    Row(
        "a generic base",
        "from typing import Generic, T\n"
        + _BASE
        + "class C(Base[T], Generic[T]):\n    def f(self):\n        self.x.y",
        ("read vllm.a.Base@.x.y",),
    ),
    Row("dunder names are Python's", _BASE + "class C(Base):\n    def f(self):\n        self.__dict__", ()),
    Row("a base that is its own heir", "class C(D): ...\nclass D(C):\n    def f(self):\n        self.x", ()),
    # super
    Row(
        "super",
        _BASE + "class C(Base):\n    def f(self, a):\n        super().f(a, k=1)",
        ("super acme:C.f (_, k=)",),
    ),
    Row(
        "super in the old form",
        _BASE + "class C(Base):\n    def f(self):\n        super(C, self).f()",
        ("super acme:C.f ()",),
    ),
    Row(
        "super read and not called",
        _BASE + "class C(Base):\n    def f(self):\n        return super().f",
        ("super acme:C.f -",),
    ),
    Row(
        "super of the plugin's own base",
        _BASE + "class B(Base):\n    def f(self): ...\nclass C(B):\n    def f(self):\n        super().f()",
        (),
    ),
    Row("super without a base in vllm", "class C:\n    def f(self):\n        super().f()", ()),
    Row(
        "the base by its name",
        _BASE + "class C(Base):\n    def f(self):\n        Base.f(self, 1)",
        ("call vllm.a.Base.f (_, _)",),
    ),
    # construction
    Row(
        "a class without a constructor of its own",
        _BASE + "class C(Base): ...\nC(1, k=2)",
        ("call vllm.a.Base (_, k=)",),
    ),
    Row("a class with one", _BASE + "class C(Base):\n    def __init__(self): ...\nC()", ()),
    Row(
        "a dataclass",
        "from dataclasses import dataclass\n" + _BASE + "@dataclass\nclass C(Base):\n    x: int\nC(1)",
        (),
    ),
    # fields of known type
    Row(
        "a field bound in the constructor",
        _BASE
        + "from vllm.c import V\nclass C(Base):\n    def __init__(self, v: V):\n        self.v = v\n    def f(self):\n        self.v.x.y",
        ("read vllm.c.V@.x.y",),
    ),
    Row(
        "a field of a class without a base",
        "from vllm.c import V\nclass C:\n    def __init__(self, v: V):\n        self.v = v\n    def f(self):\n        self.v.x",
        ("read vllm.c.V@.x",),
    ),
    Row(
        "a field bound twice to different things",
        "from vllm.c import V, W\nclass C:\n    def __init__(self, v: V, w: W):\n        self.v = v\n    def g(self, w: W):\n        self.v = w\n    def f(self):\n        self.v.x",
        (),
    ),
    Row(
        "a field that is None at first",
        "from vllm.c import V\nclass C:\n    def __init__(self):\n        self.v = None\n    def g(self, v: V):\n        self.v = v\n    def f(self):\n        self.v.x",
        ("read vllm.c.V@.x",),
    ),
    Row(
        "a field annotated in the body",
        "from vllm.c import V\nclass C:\n    v: V\n    def f(self):\n        self.v.x",
        ("read vllm.c.V@.x",),
    ),
    Row(
        "a field annotated where it is bound",
        "from vllm.c import V\nclass C:\n    def __init__(self, v):\n        self.v: V = v\n    def f(self):\n        self.v.x",
        ("read vllm.c.V@.x",),
    ),
    Row(
        "a field that is a field of a field",
        "from vllm.c import V\nclass C:\n    def __init__(self, v: V):\n        self.m = v.model\n    def f(self):\n        self.m.x",
        ("read vllm.c.V@.model", "read vllm.c.V@.model.x"),
    ),
    Row(
        "a field of another class of the plugin",
        "from vllm.c import V\nclass A:\n    def __init__(self, v: V):\n        self.v = v\nclass B:\n    def __init__(self, a: A):\n        self.a = a\n    def f(self):\n        self.a.v.x",
        ("read vllm.c.V@.x",),
    ),
    Row(
        "what a method returns",
        "from vllm.c import V\nclass C:\n    def g(self) -> V: ...\n    def f(self):\n        self.g().x",
        ("read vllm.c.V@.x",),
    ),
    Row(
        "what a property returns",
        "from vllm.c import V\nclass C:\n    @property\n    def g(self) -> V: ...\n    def f(self):\n        self.g.x",
        ("read vllm.c.V@.x",),
    ),
    Row(
        "a field's elements",
        "from vllm.c import V\nclass C:\n    def __init__(self):\n        self.vs: list[V] = []\n    def f(self):\n        for v in self.vs:\n            v.x",
        ("read vllm.c.V@.x if ?",),
    ),
    Row(
        "a field that names each other in a circle",
        "class A:\n    def __init__(self, b: 'B'):\n        self.x = b.y\nclass B:\n    def __init__(self, a: A):\n        self.y = a.x\n    def f(self):\n        self.y.z",
        (),
    ),
    Row("a base read through a module", "import vllm.a\nclass C(vllm.a.Base): ...", ("read vllm.a.Base",)),
)
