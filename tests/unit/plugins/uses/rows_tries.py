# ruff: noqa: E501 - a row of the table is read on one line
"""What an absence leads to: `try`, `hasattr`, `find_spec`, names that are bound one way or another."""

from .told import Row

_FALLBACK = "try:\n    from vllm.a import f\nexcept ImportError:\n    from vllm.b import f\n"
_BOTH = ("import vllm.a:f catching ImportError with fallback", "import vllm.b:f if not has vllm.a.f")
_FLAG = "try:\n    from vllm.a import f\n    HAS = True\nexcept ImportError:\n    HAS = False\n"
_NONE = "try:\n    from vllm.a import f\nexcept ImportError:\n    f = None\n"
_CAUGHT = "import vllm.a:f catching ImportError with fallback"

ROWS = (
    Row("a fallback", _FALLBACK, _BOTH),
    Row(
        "either name called",
        _FALLBACK + "f(1)",
        (*_BOTH, "call vllm.a.f (_) if has vllm.a.f", "call vllm.b.f (_) if not has vllm.a.f"),
    ),
    Row(
        "either name called in a function",
        _FALLBACK + "def g():\n    f(1)",
        (*_BOTH, "call vllm.a.f (_) if has vllm.a.f", "call vllm.b.f (_) if not has vllm.a.f"),
    ),
    Row(
        "either name called in another module",
        "from .c import f\nf()\n#: acme/c.py\n" + _FALLBACK,
        (*_BOTH, "call vllm.a.f () if has vllm.a.f", "call vllm.b.f () if not has vllm.a.f"),
    ),
    Row(
        "none in its place",
        _NONE + "if f is not None:\n    f(1)",
        (_CAUGHT, "call vllm.a.f (_) if has vllm.a.f"),
    ),
    Row(
        "none in its place, plainly asked",
        _NONE + "if f:\n    f(1)",
        (_CAUGHT, "call vllm.a.f (_) if has vllm.a.f"),
    ),
    Row(
        "none in its place, early return",
        _NONE + "def g():\n    if f is None:\n        return\n    f(1)",
        (_CAUGHT, "call vllm.a.f (_) if has vllm.a.f"),
    ),
    Row(
        "none before",
        "f = None\ntry:\n    from vllm.a import f\nexcept ImportError:\n    pass\nif f:\n    f()",
        ("import vllm.a:f catching ImportError", "call vllm.a.f () if has vllm.a.f"),
    ),
    Row(
        "a flag",
        _FLAG + "if HAS:\n    import vllm.c\nelse:\n    import vllm.d",
        (_CAUGHT, "import vllm.c if has vllm.a.f", "import vllm.d if not has vllm.a.f"),
    ),
    Row(
        "a flag denied",
        _FLAG + "if not HAS:\n    import vllm.d",
        (_CAUGHT, "import vllm.d if not has vllm.a.f"),
    ),
    Row(
        "a flag in a function",
        _FLAG + "def g():\n    if HAS:\n        import vllm.c",
        (_CAUGHT, "import vllm.c if has vllm.a.f"),
    ),
    Row(
        "a flag of another module",
        "from .c import HAS\nif HAS:\n    import vllm.c\n#: acme/c.py\n" + _FLAG,
        (_CAUGHT, "import vllm.c if has vllm.a.f"),
    ),
    Row(
        "a flag through the module",
        "from . import c\nif c.HAS:\n    import vllm.c\n#: acme/c.py\n" + _FLAG,
        (_CAUGHT, "import vllm.c if has vllm.a.f"),
    ),
    Row(
        "a flag set above",
        "HAS = False\ntry:\n    import vllm.x\n    HAS = True\nexcept ImportError:\n    pass\nif HAS:\n    import vllm.c",
        ("import vllm.x catching ImportError", "import vllm.c if has vllm.x"),
    ),
    Row(
        "a flag set in the else",
        "try:\n    import vllm.x\nexcept ImportError:\n    HAS = False\nelse:\n    HAS = True\nif HAS:\n    import vllm.c",
        ("import vllm.x catching ImportError with fallback", "import vllm.c if has vllm.x"),
    ),
    Row(
        "a flag that another module sets",
        "from . import c\nc.HAS = True\nif c.HAS:\n    import vllm.c\n#: acme/c.py\n" + _FLAG,
        (_CAUGHT, "import vllm.c if ?"),
    ),
    Row(
        "a function that tells",
        "from .c import has\nif has():\n    import vllm.c\n#: acme/c.py\ndef has():\n    try:\n        import vllm.x\n    except ImportError:\n        return False\n    return True",
        ("import vllm.x catching ImportError with fallback", "import vllm.c if has vllm.x"),
    ),
    Row(
        "a handler that only says so",
        "try:\n    import vllm.a\nexcept ImportError:\n    logger.warning('x')",
        ("import vllm.a catching ImportError",),
    ),
    Row(
        "a handler that passes",
        "try:\n    import vllm.a\nexcept Exception:\n    pass",
        ("import vllm.a catching Exception",),
    ),
    Row(
        "a bare handler",
        "try:\n    import vllm.a\nexcept:\n    x = 1",
        ("import vllm.a catching BaseException with fallback",),
    ),
    Row(
        "a handler that raises again",
        "try:\n    import vllm.a\nexcept ImportError as e:\n    raise RuntimeError from e\nimport vllm.b",
        ("import vllm.b if has vllm.a",),
    ),
    Row(
        "two exceptions",
        "try:\n    import vllm.a\nexcept (ImportError, AttributeError):\n    pass",
        ("import vllm.a catching AttributeError,ImportError",),
    ),
    Row(
        "nested handlers",
        "try:\n    try:\n        import vllm.a\n    except AttributeError:\n        pass\nexcept ImportError:\n    pass",
        ("import vllm.a catching AttributeError,ImportError",),
    ),
    Row(
        "the rest of the body",
        "try:\n    import vllm.a\n    import vllm.b\nexcept ImportError:\n    pass",
        ("import vllm.a catching ImportError", "import vllm.b if has vllm.a catching ImportError"),
    ),
    Row(
        "the handler after two",
        "try:\n    import vllm.a\n    import vllm.b\nexcept ImportError:\n    import vllm.c",
        (
            "import vllm.a catching ImportError with fallback",
            "import vllm.b if has vllm.a catching ImportError with fallback",
            "import vllm.c if (not has vllm.a | not has vllm.b)",
        ),
    ),
    Row(
        "the finally",
        "try:\n    import vllm.a\nexcept ImportError:\n    pass\nfinally:\n    import vllm.b",
        ("import vllm.a catching ImportError",),
    ),
    Row(
        "what comes after is always reached",
        "try:\n    import vllm.a\nexcept ImportError:\n    pass\nx = vllm.b",
        ("import vllm.a catching ImportError", "read vllm.b if has vllm.a"),
    ),
    Row(
        "return where it is absent",
        "def f():\n    try:\n        import vllm.a\n    except ImportError:\n        return\n    import vllm.b",
        ("import vllm.a catching ImportError with fallback", "import vllm.b if has vllm.a"),
    ),
    Row(
        "return where it is there",
        "def f():\n    try:\n        from vllm.a import g\n        return g\n    except ImportError:\n        pass\n    from vllm.b import g\n    return g",
        ("import vllm.a:g catching ImportError", "import vllm.b:g if not has vllm.a.g"),
    ),
    Row(
        "a branch inside",
        "import vllm\ntry:\n    if vllm.__version__ == '0.9.0':\n        from vllm.a import f\n    else:\n        from vllm.b import f\nexcept ImportError:\n    import vllm.c",
        (
            "import vllm.a:f if ==0.9.0 catching ImportError with fallback",
            "import vllm.b:f if !=0.9.0 catching ImportError with fallback",
            "import vllm.c if (==0.9.0 & not has vllm.a.f | !=0.9.0 & not has vllm.b.f)",
        ),
    ),
    Row(
        "three in a row",
        "try:\n    from vllm.a import f\nexcept ImportError:\n    try:\n        from vllm.b import f\n    except ImportError:\n        f = None\nif f:\n    f()",
        (
            "import vllm.a:f catching ImportError with fallback",
            "import vllm.b:f if not has vllm.a.f catching ImportError with fallback",
            "call vllm.a.f () if has vllm.a.f",
            "call vllm.b.f () if not has vllm.a.f & has vllm.b.f",
        ),
    ),
    Row(
        "other packages say nothing",
        "try:\n    import torch_npu\nexcept ImportError:\n    import vllm.a",
        ("import vllm.a if ?",),
    ),
    Row(
        "other packages beside",
        "try:\n    import torch_npu\n    import vllm.x\nexcept ImportError:\n    import vllm.a",
        ("import vllm.x catching ImportError with fallback", "import vllm.a if not has vllm.x"),
    ),
    Row(
        "an attribute",
        "import vllm.a as a\ntry:\n    f = a.f\nexcept AttributeError:\n    f = a.g",
        ("read vllm.a.f catching AttributeError with fallback", "read vllm.a.g if not has vllm.a.f"),
    ),
    Row(
        "an attribute, and its use",
        "import vllm.a as a\ntry:\n    f = a.f\nexcept AttributeError:\n    f = None\nif f is not None:\n    f()",
        ("read vllm.a.f catching AttributeError with fallback", "call vllm.a.f () if has vllm.a.f"),
    ),
    Row(
        "another exception",
        "import vllm.a as a\ntry:\n    a.f()\nexcept ValueError:\n    a.g()",
        ("call vllm.a.f () catching ValueError with fallback", "call vllm.a.g () if ?"),
    ),
    Row(
        "suppressed",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import vllm.a\n    import vllm.b",
        ("import vllm.a catching ImportError", "import vllm.b if has vllm.a catching ImportError"),
    ),
    Row(
        "suppress by its name",
        "from contextlib import suppress\nwith suppress(ImportError, AttributeError):\n    import vllm.a",
        ("import vllm.a catching AttributeError,ImportError",),
    ),
    Row(
        "a module of the plugin that may fail",
        "try:\n    from .new import f\nexcept ImportError:\n    from .old import f\nf()\n#: acme/new.py\nfrom vllm.a import f\n#: acme/old.py\nfrom vllm.b import f",
        ("call vllm.a.f () if has vllm.a.f", "call vllm.b.f () if not has vllm.a.f"),
    ),
    Row(
        "a function defined in one branch",
        "import vllm\nif vllm.__version__ == '0.9.0':\n    def f():\n        import vllm.a\nelse:\n    def f():\n        import vllm.b",
        ("import vllm.a if ==0.9.0", "import vllm.b if !=0.9.0"),
    ),
    # decorators that say for which releases a function is
    Row(
        "a decorator with a specifier",
        "from .v import version_range\n@version_range('>=0.9,<0.11')\ndef f():\n    import vllm.a\n#: acme/v.py\n",
        ("import vllm.a if in >=0.9,<0.11",),
    ),
    Row(
        "a decorator with a constant of another module",
        "from .v import OLD, version_range\n@version_range(OLD)\ndef f():\n    import vllm.a\n#: acme/v.py\nOLD = '<0.9'",
        ("import vllm.a if in <0.9",),
    ),
    Row(
        "a decorator around an inner function",
        "from .v import version_range\n@version_range('<0.9')\ndef f():\n    def g():\n        import vllm.a\n#: acme/v.py\n",
        ("import vllm.a if in <0.9",),
    ),
    Row(
        "a decorator with what is no specifier",
        "from .v import version_range\n@version_range('some')\ndef f():\n    import vllm.a\n#: acme/v.py\n",
        (),
    ),
    Row(
        "a decorator about another package's version",
        "from .v import torch_version\n@torch_version('>=2.0')\ndef f():\n    import vllm.a\n#: acme/v.py\n",
        (),
    ),
    # hasattr, find_spec, getattr
    Row(
        "hasattr of a module",
        "import vllm.a as a\nif hasattr(a, 'f'):\n    a.f()\nelse:\n    a.g()",
        ("call vllm.a.f () if has vllm.a.f", "call vllm.a.g () if not has vllm.a.f"),
    ),
    Row(
        "hasattr of an argument",
        "from vllm.c import V\ndef f(v: V):\n    if hasattr(v, 'x'):\n        return v.x\n    return v.y",
        ("read vllm.c.V@.x if has vllm.c.V@.x", "read vllm.c.V@.y if not has vllm.c.V@.x"),
    ),
    Row(
        "hasattr in a ternary",
        "import vllm.a as a\nx = a.f if hasattr(a, 'f') else a.g",
        ("read vllm.a.f if has vllm.a.f", "read vllm.a.g if not has vllm.a.f"),
    ),
    Row(
        "hasattr before and",
        "import vllm.a as a\nx = hasattr(a, 'f') and a.f",
        ("read vllm.a.f if has vllm.a.f",),
    ),
    Row(
        "hasattr denied before or",
        "import vllm.a as a\nx = not hasattr(a, 'f') or a.f",
        ("read vllm.a.f if has vllm.a.f",),
    ),
    Row(
        "hasattr kept in a name",
        "import vllm.a as a\nHAS = hasattr(a, 'f')\ndef g():\n    if HAS:\n        a.f()",
        ("call vllm.a.f () if has vllm.a.f",),
    ),
    Row(
        "hasattr on self",
        "from vllm.a import B\nclass C(B):\n    def f(self):\n        if hasattr(self, 'x'):\n            self.x()",
        ("own acme:C.x () if has vllm.a.B@.x",),
    ),
    Row(
        "hasattr with an assertion",
        "import vllm.a as a\nassert hasattr(a, 'f')\na.f()",
        ("call vllm.a.f () if has vllm.a.f",),
    ),
    Row(
        "getattr with a default, called",
        "import vllm.a as a\nf = getattr(a, 'f', None)\nif f is not None:\n    f(1)",
        ("call vllm.a.f (_) if has vllm.a.f",),
    ),
    Row(
        "getattr with another name as default",
        "import vllm.a as a\nf = getattr(a, 'f', a.g)\nf()",
        ("read vllm.a.g", "call vllm.a.f () if has vllm.a.f", "call vllm.a.g () if not has vllm.a.f"),
    ),
    Row(
        "find_spec",
        "import importlib.util\nif importlib.util.find_spec('vllm.x'):\n    import vllm.x",
        ("import vllm.x if has vllm.x",),
    ),
    Row(
        "find_spec compared with None",
        "from importlib.util import find_spec\nif find_spec('vllm.x') is None:\n    import vllm.y\nelse:\n    import vllm.x",
        ("import vllm.y if not has vllm.x", "import vllm.x if has vllm.x"),
    ),
    Row(
        "find_spec kept in a flag",
        "from importlib.util import find_spec\nHAS = find_spec('vllm.x') is not None\nif HAS:\n    import vllm.x",
        ("import vllm.x if has vllm.x",),
    ),
    Row(
        "find_spec of vllm itself",
        "from importlib.util import find_spec\nif find_spec('vllm'):\n    import vllm.x",
        (),
    ),
    Row(
        "find_spec of another package",
        "from importlib.util import find_spec\nif find_spec('npu'):\n    import vllm.x",
        ("import vllm.x if ?",),
    ),
    Row(
        "vllm itself absent",
        "try:\n    import vllm\n    OK = True\nexcept ImportError:\n    OK = False\nif OK:\n    import vllm.a\nelse:\n    import vllm.b",
        ("import vllm catching ImportError with fallback",),
    ),
    Row(
        "early continue",
        "def f(xs):\n    for x in (1, 2):\n        if vllm_missing():\n            continue\n        import vllm.a",
        ("import vllm.a if ?",),
    ),
    Row(
        "an early return in a nested branch",
        "import vllm\ndef f(x):\n    if x:\n        if vllm.__version__ == '0.9.0':\n            return\n    import vllm.a",
        ("import vllm.a if (!=0.9.0 & ? | ?)",),
    ),
    Row(
        "a check that raises leaves no doubt",
        "def f(x):\n    if x < 0:\n        raise ValueError\n    import vllm.a",
        (),
    ),
    Row(
        "a check that returns leaves doubt",
        "def f(x):\n    if x < 0:\n        return\n    import vllm.a",
        ("import vllm.a if ?",),
    ),
)
