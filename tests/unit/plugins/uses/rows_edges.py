"""Edges: what running a unit runs."""

from .told import Row

ROWS = (
    Row("an import", "import acme.b\n#: acme/b.py\n", ("acme -> acme.b",)),
    Row("an import of a name", "from .b import x\n#: acme/b.py\nx = 1", ("acme -> acme.b",)),
    Row("an import of a submodule", "from . import b\n#: acme/b.py\n", ("acme -> acme.b",)),
    Row(
        "the packages on the way",
        "import acme.p.b\n#: acme/p/__init__.py\n#: acme/p/b.py\n",
        ("acme -> acme.p", "acme -> acme.p.b"),
    ),
    Row(
        "an import in a function",
        "def f():\n    import acme.b\n#: acme/b.py\n",
        ("acme:f -> acme", "acme:f -> acme.b"),
    ),
    Row("a call", "def f(): ...\nf()", ("acme -> acme:f",)),
    Row("a call in a call", "def f():\n    g()\ndef g(): ...", ("acme:f -> acme:g",)),
    Row(
        "a call into another module",
        "from .b import f\nf()\n#: acme/b.py\ndef f(): ...",
        ("acme -> acme.b", "acme -> acme.b:f"),
    ),
    Row(
        "a call through another name",
        "from .b import f as g\ng()\n#: acme/b.py\nfrom .c import f\n#: acme/c.py\ndef f(): ...",
        ("acme -> acme.b", "acme.b -> acme.c", "acme -> acme.c:f"),
    ),
    Row("a construction", "class C:\n    def __init__(self): ...\nC()", ("acme -> acme:C.__init__",)),
    Row(
        "a construction by an inherited constructor",
        "class B:\n    def __init__(self): ...\nclass C(B): ...\nC()",
        ("acme -> acme:B.__init__",),
    ),
    Row(
        "a dataclass's construction",
        "class C:\n    def __post_init__(self): ...\nC()",
        ("acme -> acme:C.__post_init__",),
    ),
    Row(
        "a method of self",
        "class C:\n    def f(self):\n        self.g()\n    def g(self): ...",
        ("acme:C.f -> acme:C.g",),
    ),
    Row(
        "an inherited method of self",
        "class B:\n    def g(self): ...\nclass C(B):\n    def f(self):\n        self.g()",
        ("acme:C.f -> acme:B.g",),
    ),
    Row(
        "super",
        "class B:\n    def f(self): ...\nclass C(B):\n    def f(self):\n        super().f()",
        ("acme:C.f -> acme:B.f",),
    ),
    Row(
        "a class method",
        "class C:\n    @classmethod\n    def f(cls):\n        cls.g()\n    @classmethod\n    def g(cls): ...",
        ("acme:C.f -> acme:C.g",),
    ),
    Row(
        "a property",
        "class C:\n    @property\n    def p(self):\n        return 1\n    def f(self):\n        self.p",
        ("acme:C.f -> acme:C.p",),
    ),
    Row("a method of an instance", "class C:\n    def f(self): ...\nc = C()\nc.f()", ("acme -> acme:C.f",)),
    Row(
        "a method of an argument",
        "class C:\n    def f(self): ...\ndef g(c: C):\n    c.f()",
        ("acme:g -> acme:C.f",),
    ),
    Row(
        "an instance that is called",
        "class C:\n    def __call__(self): ...\nC()()",
        ("acme -> acme:C.__call__",),
    ),
    Row("a nested function", "def f():\n    def g(): ...\n    g()", ("acme:f -> acme:f.<locals>.g",)),
    Row("a decorator of the plugin", "def d(f): ...\n@d\ndef g(): ...", ("acme -> acme:d",)),
    Row("an unknown object's method", "class C:\n    def f(self): ...\ndef g(c):\n    c.f()", ()),
    Row(
        "a guarded call",
        "import vllm\ndef f(): ...\nif vllm.__version__ == '0.9.0':\n    f()",
        ("acme -> acme:f if ==0.9.0",),
    ),
    Row(
        "a call in a try",
        "def f(): ...\ntry:\n    f()\nexcept Exception:\n    pass",
        ("acme -> acme:f catching Exception",),
    ),
    Row(
        "an import in a try",
        "try:\n    from . import b\nexcept ImportError:\n    b = None\n#: acme/b.py\n",
        ("acme -> acme.b catching ImportError",),
    ),
    Row(
        "a function defined twice",
        "import vllm\nif vllm.__version__ == '0.9.0':\n    def f(): ...\nelse:\n    def f(): ...\nf()",
        ("acme -> acme:f if ==0.9.0", "acme -> acme:f#2 if !=0.9.0"),
    ),
    Row("a call in a default value", "def d(): ...\ndef f(x=d()): ...", ("acme -> acme:d",)),
    Row("a call in a class body", "def d(): ...\nclass C:\n    x = d()", ("acme -> acme:d",)),
    Row(
        "modules that import each other",
        "from . import b\n#: acme/b.py\nfrom . import c\n#: acme/c.py\nfrom . import b",
        ("acme -> acme.b", "acme.b -> acme.c", "acme.c -> acme.b"),
    ),
    Row(
        "what a function does under a test that arguments decide",
        "def f(p):\n    h()\n    if p:\n        g()\ndef g(): ...\ndef h(): ...\nf(True)\nf(False)\nf(x)",
        (
            "acme -> acme:f",
            "acme:f -> acme:h",
            "acme -> acme:f?0",
            "acme -> acme:f?0 if ?",
            "acme:f?0 -> acme:g",
        ),
    ),
    Row(
        "what a function does under a test that no argument decides",
        "def f(p, q=None):\n    if p:\n        g()\ndef g(): ...\nf(x)",
        ("acme -> acme:f", "acme:f -> acme:g if ?"),
    ),
    Row(
        "what a function does under a test of what its caller was given",
        "def f(p):\n    if p:\n        g()\ndef g(): ...\ndef h(q): f(q)\nh(True)\nf(False)",
        (
            "acme -> acme:f",
            "acme -> acme:h",
            "acme:h -> acme:f",
            "acme -> acme:h?1",
            "acme:h?1 -> acme:f?0",
            "acme:f?0 -> acme:g",
        ),
    ),
)
