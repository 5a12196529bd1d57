"""PM501 to PM503: what the plugin puts in the place of something of vLLM's."""

# ruff: noqa: E501
# Sources stand in one piece, however long the line.

from .row import Row


def functions(*texts: str) -> tuple[str, ...]:
    return tuple(f"#: vllm/core.py\nx = 1\n{text}\n" for text in texts)


def patch(parameters: str = "a", statement: str = "core.f = mine") -> str:
    return f"from vllm import core\ndef mine({parameters}): ...\ndef register():\n    {statement}\n"


CLASS = "class C:\n    def m(self, a): ...\n"
GONE = "class C:\n    def n(self, a): ...\n"
METHOD = "from vllm.core import C\ndef mine(self, a): ...\ndef register():\n    C.m = mine\n"

ROWS = (
    Row("a patch of what is there", functions("def f(a): ...", "def f(a): ..."), patch()),
    Row(
        "a patch of what went", functions("def f(a): ...", ""), patch(), ("PM501 warning vllm.core.f 0.11.0",)
    ),
    Row("a patch of what came is an addition before", functions("", "def f(a): ..."), patch()),
    Row("an addition that no release has", functions("", ""), patch()),
    Row(
        "setattr with a constant name",
        functions("def f(a): ...", ""),
        patch(statement="setattr(core, 'f', mine)"),
        ("PM501 warning vllm.core.f 0.11.0",),
    ),
    Row(
        "a patch under hasattr",
        functions("def f(a): ...", ""),
        patch(statement="if hasattr(core, 'f'): core.f = mine"),
    ),
    Row(
        "a patch in a module that went",
        ("#: vllm/core.py\ndef f(a): ...\n", "#: vllm/other.py\n"),
        patch(),
        ("PM202 error vllm.core 0.11.0",),
    ),
    Row("a patched method", functions(CLASS, CLASS), METHOD),
    Row(
        "a patched method that went", functions(CLASS, GONE), METHOD, ("PM501 warning vllm.core.C.m 0.11.0",)
    ),
    Row(
        "a patched method of a class that went",
        functions(CLASS, ""),
        METHOD,
        ("PM202 error vllm.core.C 0.11.0",),
    ),
    Row(
        "a patched method of a class that went, through its module",
        functions(CLASS, ""),
        "from vllm import core\ndef mine(self, a): ...\ndef register():\n    core.C.m = mine\n",
        ("PM203 error vllm.core.C 0.11.0",),
    ),
    Row(
        "a replaced function gained a required parameter",
        functions("def f(a): ...", "def f(a, b): ..."),
        patch(),
        ("PM502 error vllm.core.f 0.11.0",),
    ),
    Row(
        "a replaced function gained an optional parameter",
        functions("def f(a): ...", "def f(a, b=1): ..."),
        patch(),
    ),
    Row(
        "a replaced function lost a parameter",
        functions("def f(a, b): ...", "def f(a): ..."),
        patch("a, b"),
        ("PM502 error vllm.core.f 0.11.0",),
    ),
    Row(
        "a replacement that takes anything",
        functions("def f(a): ...", "def f(a, b): ..."),
        patch("*args, **kwargs"),
    ),
    Row("a replacement that never fitted", functions("def f(a): ...", "def f(a): ..."), patch("a, b, c")),
    Row(
        "a replaced method gained a required parameter",
        functions(CLASS, CLASS.replace("a)", "a, b)")),
        METHOD,
        ("PM502 error vllm.core.C.m 0.11.0",),
    ),
    Row(
        "a replaced method is passed a new argument",
        functions(
            "class C:\n    def m(self, a, b=1): ...\nclass D(C): ...\ndef use(c: C):\n    c.m(1)\n",
            "class C:\n    def m(self, a, b=1): ...\nclass D(C): ...\ndef use(c: C):\n    c.m(1, b=2)\n",
        ),
        METHOD,
        ("PM502 error vllm.core.C.m 0.11.0",),
    ),
    Row(
        "a replaced method is passed a new argument by its own class, whose method vLLM calls",
        functions(
            "class C:\n    def m(self, a, b=1): ...\n    def run(self):\n        self.m(1)\nclass D(C): ...\ndef use(c: C):\n    c.run()\n",
            "class C:\n    def m(self, a, b=1): ...\n    def run(self):\n        self.m(1, b=2)\nclass D(C): ...\ndef use(c: C):\n    c.run()\n",
        ),
        METHOD,
        ("PM502 error vllm.core.C.m 0.11.0",),
    ),
    Row(
        "a replaced method is passed a new argument by its own class's forward, which torch calls",
        functions(
            "class C:\n    def m(self, a, b=1): ...\n    def forward(self):\n        self.m(1)\nclass D(C): ...\n",
            "class C:\n    def m(self, a, b=1): ...\n    def forward(self):\n        self.m(1, b=2)\nclass D(C): ...\n",
        ),
        METHOD,
        ("PM502 warning vllm.core.C.m 0.11.0",),
    ),
    Row(
        "a replaced method is passed a new argument by a method that is replaced as well",
        functions(
            "class C:\n    def m(self, a, b=1): ...\n    def run(self):\n        self.m(1)\nclass D(C): ...\ndef use(c: C):\n    c.run()\n",
            "class C:\n    def m(self, a, b=1): ...\n    def run(self):\n        self.m(1, b=2)\nclass D(C): ...\ndef use(c: C):\n    c.run()\n",
        ),
        METHOD + "    C.run = lambda self: None\n",
    ),
    Row(
        "a replaced function no longer demands what the replacement does",
        functions("def f(a, b): ...", "def f(a, b=1): ..."),
        patch("a, b"),
        ("PM502 warning vllm.core.f 0.11.0",),
    ),
    Row(
        "a replaced forward no longer demands what the replacement does: torch calls it, and with what is not seen",
        functions(
            "class C:\n    def forward(self, a, b): ...\n", "class C:\n    def forward(self, a, b=1): ...\n"
        ),
        "from vllm.core import C\ndef mine(self, a, b): ...\ndef register():\n    C.forward = mine\n",
    ),
    Row(
        "a replaced method is inherited from one that hands on whatever it is passed",
        functions(
            "class B:\n    def m(self, *args, **kwargs): ...\nclass C(B):\n    def m(self, a, b): ...\n",
            "class B:\n    def m(self, *args, **kwargs): ...\nclass C(B): ...\n",
        ),
        "from vllm.core import C\ndef mine(self, a, b): ...\ndef register():\n    C.m = mine\n",
    ),
    Row(
        "a sibling hands on to the base's method by the base's name",
        functions(
            "class B:\n    def m(self, *args): ...\nclass C(B):\n    def m(self, a): ...\n",
            "class B:\n    def m(self, *args): ...\nclass C(B): ...\n"
            "class D(B):\n    def m(self, a, b):\n        B.m(self, a, b)\n",
        ),
        "from vllm.core import C\ndef mine(self, a): ...\ndef register():\n    C.m = mine\n",
    ),
    Row(
        "a lambda as replacement",
        functions("def f(a): ...", "def f(a, b): ..."),
        patch(statement="core.f = lambda a: None"),
        ("PM502 error vllm.core.f 0.11.0",),
    ),
    Row(
        "a replaced function became a class",
        functions("def f(a): ...", "class f: ..."),
        patch(),
        ("PM503 warning vllm.core.f 0.11.0",),
    ),
    Row(
        "a replaced method became a property",
        functions(CLASS, "class C:\n    @property\n    def m(self): ...\n"),
        METHOD,
        ("PM503 warning vllm.core.C.m 0.11.0",),
    ),
    Row(
        "a patch whose value cannot be told",
        functions("def f(a): ...", "def f(a, b): ..."),
        patch(statement="core.f = make()"),
    ),
    Row(
        "a wrapped function",
        functions("def f(a): ...", "def f(a, b): ..."),
        "from vllm import core\noriginal = core.f\ndef mine(*args, **kwargs): return original(*args, **kwargs)\n"
        "def register():\n    core.f = mine\n",
    ),
)
