# ruff: noqa: E501 - a row of the table is read on one line
"""Attributes and calls: whatever of vLLM a name, a parameter or an attribute is known to hold."""

from .told import Row

_CONFIG = "from vllm.config import VllmConfig\n"

ROWS = (
    # modules and imported names
    Row("an attribute of a module", "import vllm.a\nx = vllm.a.b", ("read vllm.a.b",)),
    Row("the longest chain alone", "import vllm\nx = vllm.a.b.c.d", ("read vllm.a.b.c.d",)),
    Row(
        "of a module under another name",
        "from vllm import envs as e\nx = e.VLLM_X",
        ("read vllm.envs.VLLM_X",),
    ),
    Row("of an imported name", "from vllm.a import C\nx = C.y", ("read vllm.a.C.y",)),
    Row("a name alone is no attribute", "from vllm.a import C\nx = C", ()),
    Row("read inside a call of something else", "import vllm.a as a\nprint(a.b)", ("read vllm.a.b",)),
    Row("read in an f-string", "import vllm.a as a\nx = f'{a.b}'", ("read vllm.a.b",)),
    Row("deleted", "import vllm.a\ndel vllm.a.b", ("read vllm.a.b",)),
    Row("before an index", "import vllm.a\nx = vllm.a.b[0]", ("read vllm.a.b",)),
    Row("behind an index", "import vllm.a\nx = vllm.a.b[0].c", ("read vllm.a.b[].c",)),
    Row("by getattr", "import vllm.a as a\nx = getattr(a, 'b')", ("read vllm.a.b",)),
    Row("by getattr with a default", "import vllm.a as a\nx = getattr(a, 'b', None)", ()),
    Row("by getattr of a computed name", "import vllm.a as a\nx = getattr(a, y)", ()),
    Row("a name bound again is forgotten", "from vllm.a import C\nC = 1\nx = C.y", ()),
    Row("a name bound in a function is its own", "from vllm.a import C\ndef f(C):\n    C.y", ()),
    Row(
        "a name of the module in a function",
        "from vllm.a import C\ndef f():\n    return C.y",
        ("read vllm.a.C.y",),
    ),
    Row(
        "a name imported below a function",
        "def f():\n    return C.y\nfrom vllm.a import C",
        ("read vllm.a.C.y",),
    ),
    Row(
        "a closure",
        "def f():\n    from vllm.a import C\n    def g():\n        return C.y",
        ("read vllm.a.C.y",),
    ),
    Row(
        "a class body does not lend its names",
        "class A:\n    from vllm.a import C\n    def f(self):\n        return C.y",
        (),
    ),
    Row(
        "a global that functions bind again",
        "from vllm.a import C\ndef g():\n    global C\n    C = 1\ndef f():\n    C.y",
        (),
    ),
    Row("an alias", "from vllm.a import C\nD = C\nx = D.y", ("read vllm.a.C.y",)),
    Row("vllm's own version", "import vllm\nx = vllm.__version__.split('.')", ()),
    # calls
    Row("a call", "from vllm.a import f\nf(1, x, k=2)", ("call vllm.a.f (_, _, k=)",)),
    Row("a call with stars", "from vllm.a import f\nf(*a, **k)", ("call vllm.a.f (*, **)",)),
    Row("a call through the module", "import vllm.a\nvllm.a.f()", ("call vllm.a.f ()",)),
    Row("an attribute of a result", "from vllm.a import f\nf().x", ("call vllm.a.f ()", "read vllm.a.f().x")),
    Row(
        "a method of a result",
        "from vllm.a import f\nf().g(1)",
        ("call vllm.a.f ()", "call vllm.a.f().g (_)"),
    ),
    Row("a result kept", "from vllm.a import f\ny = f()\ny.x", ("call vllm.a.f ()", "read vllm.a.f().x")),
    Row(
        "an instance kept",
        "from vllm.a import C\nc = C(1)\nc.m(2)",
        ("call vllm.a.C (_)", "call vllm.a.C().m (_)"),
    ),
    Row("a decorator", "from vllm.a import d\n@d\ndef f(): ...", ("call vllm.a.d (_)",)),
    Row(
        "a decorator with arguments",
        "from vllm.a import d\n@d('x', n=1)\nclass C: ...",
        ("call vllm.a.d (_, n=)",),
    ),
    Row(
        "awaited",
        "from vllm.a import f\nasync def g():\n    (await f()).x",
        ("call vllm.a.f ()", "read vllm.a.f().x"),
    ),
    Row("arguments of calls of others", "from vllm.a import f\nprint(f(1))", ("call vllm.a.f (_)",)),
    Row(
        "a walrus",
        "from vllm.a import f\nif (y := f()):\n    y.x",
        ("call vllm.a.f ()", "read vllm.a.f().x if ?"),
    ),
    Row(
        "unpacking a tuple of known things",
        "from vllm.a import C, D\nc, d = C(), D()\nd.x",
        ("call vllm.a.C ()", "call vllm.a.D ()", "read vllm.a.D().x"),
    ),
    Row("unpacking a result tells nothing", "from vllm.a import f\na, b = f()\na.x", ("call vllm.a.f ()",)),
    # parameters
    Row(
        "an annotated parameter",
        _CONFIG + "def f(c: VllmConfig):\n    c.model_config.x",
        ("read vllm.config.VllmConfig@.model_config.x",),
    ),
    Row(
        "annotated by a string",
        _CONFIG + "def f(c: 'VllmConfig'):\n    c.x",
        ("read vllm.config.VllmConfig@.x",),
    ),
    Row(
        "annotated with Optional",
        "from typing import Optional\n" + _CONFIG + "def f(c: Optional[VllmConfig]):\n    c.x",
        ("read vllm.config.VllmConfig@.x",),
    ),
    Row(
        "annotated with None beside it",
        _CONFIG + "def f(c: VllmConfig | None = None):\n    c.x",
        ("read vllm.config.VllmConfig@.x",),
    ),
    Row(
        "annotated with None beside it in a string",
        _CONFIG + "def f(c: 'VllmConfig | None'):\n    c.x",
        ("read vllm.config.VllmConfig@.x",),
    ),
    Row(
        "annotated through a module",
        "import vllm.config\ndef f(c: 'vllm.config.VllmConfig'):\n    c.x",
        ("read vllm.config.VllmConfig@.x",),
    ),
    Row(
        "an annotation that is evaluated reads",
        "import vllm.config\ndef f(c: vllm.config.VllmConfig): ...",
        ("read vllm.config.VllmConfig",),
    ),
    Row(
        "an annotation that is postponed does not",
        "from __future__ import annotations\nimport vllm.config\ndef f(c: vllm.config.V): ...",
        (),
    ),
    Row(
        "annotated with a type imported for type checkers",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vllm.config import V\ndef f(c: 'V'):\n    c.x",
        ("read vllm.config.V@.x",),
    ),
    Row("of two types nothing is known", "from vllm.a import A, B\ndef f(c: A | B):\n    c.x", ()),
    Row("not annotated", "def f(c):\n    c.x", ()),
    Row("annotated with a type of another package", "import torch\ndef f(c: torch.Tensor):\n    c.x", ()),
    Row("a class as an argument", "from vllm.a import C\ndef f(c: type[C]):\n    c.x", ("read vllm.a.C.x",)),
    Row(
        "a list of instances",
        "from vllm.a import C\ndef f(cs: list[C]):\n    for c in cs:\n        c.x",
        ("read vllm.a.C@.x if ?",),
    ),
    Row(
        "an element of a list",
        "from vllm.a import C\ndef f(cs: 'Sequence[C]'):\n    cs[0].x",
        ("read vllm.a.C@.x",),
    ),
    Row(
        "a value of a mapping",
        "from vllm.a import C\ndef f(cs: dict[str, C]):\n    cs['a'].x",
        ("read vllm.a.C@.x",),
    ),
    Row(
        "a key of a mapping is none",
        "from vllm.a import C\ndef f(cs: dict[str, C]):\n    for c in cs:\n        c.x",
        (),
    ),
    Row(
        "the values of a mapping",
        "from vllm.a import C\ndef f(cs: dict[str, C]):\n    for c in cs.values():\n        c.x",
        ("read vllm.a.C@.x if ?",),
    ),
    Row(
        "the items of a mapping",
        "from vllm.a import C\ndef f(cs: dict[str, C]):\n    for k, c in cs.items():\n        c.x",
        ("read vllm.a.C@.x if ?",),
    ),
    Row(
        "got from a mapping",
        "from vllm.a import C\ndef f(cs: dict[str, C]):\n    cs.get('a').x",
        ("read vllm.a.C@.x",),
    ),
    Row(
        "numbered in a loop",
        "from vllm.a import C\ndef f(cs: list[C]):\n    for i, c in enumerate(cs):\n        c.x",
        ("read vllm.a.C@.x if ?",),
    ),
    Row(
        "zipped in a loop",
        "from vllm.a import C, D\ndef f(cs: list[C], ds: list[D]):\n    for c, d in zip(cs, ds):\n        d.x",
        ("read vllm.a.D@.x if ?",),
    ),
    Row(
        "in a comprehension",
        "from vllm.a import C\ndef f(cs: list[C]):\n    return [c.x for c in cs]",
        ("read vllm.a.C@.x if ?",),
    ),
    Row(
        "a comprehension's name ends with it",
        "from vllm.a import C\ndef f(cs: list[C], c):\n    [c for c in cs]\n    c.x",
        (),
    ),
    Row(
        "annotated in a function",
        "from vllm.a import C\ndef f():\n    c: C = g()\n    c.x",
        ("read vllm.a.C@.x",),
    ),
    Row(
        "cast",
        "from typing import cast\nfrom vllm.a import C\ndef f(c):\n    cast(C, c).x",
        ("read vllm.a.C@.x",),
    ),
    Row(
        "cast by a string",
        "from typing import cast\nfrom vllm.a import C\ndef f(c):\n    cast('C', c).x",
        ("read vllm.a.C@.x",),
    ),
    # chains kept in names
    Row(
        "a field kept in a name",
        _CONFIG + "def f(c: VllmConfig):\n    m = c.model_config\n    m.x",
        ("read vllm.config.VllmConfig@.model_config", "read vllm.config.VllmConfig@.model_config.x"),
    ),
    Row(
        "a name bound again to something unknown",
        _CONFIG + "def f(c: VllmConfig):\n    c = g(c)\n    c.x",
        (),
    ),
    Row(
        "a name bound again in a loop",
        _CONFIG + "def f(c: VllmConfig):\n    while g():\n        c.x\n        c = h()",
        (),
    ),
    Row(
        "a name bound alike in both branches",
        _CONFIG + "def f(c: VllmConfig):\n    if g():\n        d = c.a\n    else:\n        d = c.a\n    d.x",
        ("read vllm.config.VllmConfig@.a if ?", "read vllm.config.VllmConfig@.a.x"),
    ),
    Row(
        "a name bound in one branch alone",
        _CONFIG + "def f(c: VllmConfig, d):\n    if g():\n        d = c.a\n    d.x",
        ("read vllm.config.VllmConfig@.a if ?", "read vllm.config.VllmConfig@.a.x if ?"),
    ),
    Row(
        "elements of what vllm holds",
        _CONFIG + "def f(c: VllmConfig):\n    for x in c.xs:\n        x.y",
        ("read vllm.config.VllmConfig@.xs", "read vllm.config.VllmConfig@.xs[].y if ?"),
    ),
    Row(
        "keys that are iterated have the methods of strings",
        _CONFIG + "def f(c: VllmConfig):\n    for x in c.xs:\n        x.startswith('a')",
        ("read vllm.config.VllmConfig@.xs",),
    ),
    Row(
        "methods of containers ask nothing of vllm",
        _CONFIG + "def f(c: VllmConfig):\n    c.xs.append(1)\n    c.ys.get('a').z",
        (
            "read vllm.config.VllmConfig@.xs",
            "read vllm.config.VllmConfig@.ys",
            "read vllm.config.VllmConfig@.ys[].z",
        ),
    ),
    # narrowing
    Row(
        "an instance by isinstance",
        "from vllm.a import C\ndef f(x):\n    if isinstance(x, C):\n        x.y\n    x.z",
        ("read vllm.a.C@.y if ?",),
    ),
    Row(
        "an instance by isinstance, the rest",
        "from vllm.a import C\ndef f(x):\n    if not isinstance(x, C):\n        return\n    x.y",
        ("read vllm.a.C@.y if ?",),
    ),
    Row(
        "an instance by assertion",
        "from vllm.a import C\ndef f(x):\n    assert isinstance(x, C)\n    x.y",
        ("read vllm.a.C@.y",),
    ),
    Row(
        "an instance within a condition",
        "from vllm.a import C\ndef f(x):\n    return isinstance(x, C) and x.y",
        ("read vllm.a.C@.y if ?",),
    ),
    Row(
        "a subclass by isinstance",
        "from vllm.a import B, C\ndef f(x: B):\n    if isinstance(x, C):\n        x.y\n    x.z",
        ("read vllm.a.C@.y if ?", "read vllm.a.B@.z"),
    ),
    Row(
        "of two classes nothing is known",
        "from vllm.a import B, C, D\ndef f(x: B):\n    if isinstance(x, (C, D)):\n        x.y",
        (),
    ),
    Row(
        "a field by isinstance",
        "from vllm.a import B, C\ndef f(x: B):\n    if isinstance(x.c, C):\n        x.c.y",
        ("read vllm.a.B@.c", "read vllm.a.C@.y if ?"),
    ),
    Row(
        "a field by isinstance of something else",
        "from vllm.a import B\nimport other\ndef f(x: B):\n    if isinstance(x.c, other.C):\n        x.c.y",
        ("read vllm.a.B@.c",),
    ),
    Row(
        "an interface test",
        "from vllm.a import B, supports_lora\ndef f(x: B):\n    if supports_lora(x):\n        x.y",
        ("call vllm.a.supports_lora (_)",),
    ),
    Row(
        "a match on the class",
        "from vllm.a import C\ndef f(x):\n    match x:\n        case C():\n            x.y",
        ("read vllm.a.C@.y if ?",),
    ),
    # attributes that the plugin sets itself
    Row(
        "an attribute set on an object and read back",
        _CONFIG + "def f(c: VllmConfig):\n    c.mine = 1\n    c.mine.x\n    c.other",
        ("read vllm.config.VllmConfig@.other",),
    ),
    Row(
        "set in one module, read in another",
        _CONFIG
        + "def f(c: VllmConfig):\n    c.mine = 1\n#: acme/b.py\n"
        + _CONFIG
        + "def g(c: VllmConfig):\n    c.mine",
        (),
    ),
    Row("set by setattr", _CONFIG + "def f(c: VllmConfig):\n    setattr(c, 'mine', 1)\n    c.mine", ()),
    Row(
        "a name patched into vllm and read back",
        "import vllm.a\ndef p():\n    vllm.a.mine = 1\ndef f():\n    vllm.a.mine()",
        ("patch vllm.a.mine ?",),
    ),
    Row(
        "a name read before it is patched",
        "import vllm.a\nold = vllm.a.f\nvllm.a.f = 1",
        ("read vllm.a.f", "patch vllm.a.f ?"),
    ),
    # through the plugin's own modules
    Row(
        "a name that the plugin imports from itself",
        "from acme.compat import cdiv\ncdiv(1)\n#: acme/compat.py\nfrom vllm.utils import cdiv",
        ("call vllm.utils.cdiv (_)",),
    ),
    Row(
        "relative",
        "from .compat import cdiv as c\nc(1)\n#: acme/compat.py\nfrom vllm.utils import cdiv",
        ("call vllm.utils.cdiv (_)",),
    ),
    Row(
        "through two modules",
        "from .a import f\nf()\n#: acme/a.py\nfrom .b import f\n#: acme/b.py\nfrom vllm.u import f",
        ("call vllm.u.f ()",),
    ),
    Row("through a star", "from .a import *\nf()\n#: acme/a.py\nfrom vllm.u import f", ("call vllm.u.f ()",)),
    Row(
        "through a module's attribute",
        "from . import a\na.f()\n#: acme/a.py\nfrom vllm.u import f",
        ("call vllm.u.f ()",),
    ),
    Row(
        "through a circle of modules",
        "from .a import f\nf()\n#: acme/a.py\nfrom .b import f\n#: acme/b.py\nfrom .a import f",
        (),
    ),
    Row(
        "through a function's annotation",
        "from .a import f\nf().x\n#: acme/a.py\nfrom vllm.u import C\ndef f() -> C: ...",
        ("read vllm.u.C@.x",),
    ),
    Row(
        "through what a function returns",
        "from .a import f\nf().x\n#: acme/a.py\nfrom vllm.u import g\ndef f():\n    return g()",
        ("call vllm.u.g ()", "read vllm.u.g().x"),
    ),
    Row(
        "not through a decorator that is not known",
        "from .a import f\nf().x\n#: acme/a.py\nfrom vllm.u import C\n@contextmanager\ndef f() -> C: ...",
        (),
    ),
    Row("a function that calls itself", "def f():\n    return f()\nf().x", ()),
    # architectures
    Row(
        "a test whether vLLM knows a model",
        "from vllm import ModelRegistry\nif 'A' not in ModelRegistry.get_supported_archs():\n    import vllm.x",
        ("call vllm.ModelRegistry.get_supported_archs ()", "import vllm.x if not knows A"),
    ),
    Row(
        "a test whether vLLM knows a model, kept",
        "from vllm import ModelRegistry\nknown = set(ModelRegistry.get_supported_archs())\nif 'A' in known:\n    import vllm.x\nelse:\n    import vllm.y",
        (
            "call vllm.ModelRegistry.get_supported_archs ()",
            "import vllm.x if knows A",
            "import vllm.y if not knows A",
        ),
    ),
    Row(
        "a test of the registry's own mapping",
        "from vllm import ModelRegistry\nif 'A' in ModelRegistry.models:\n    import vllm.x",
        ("read vllm.ModelRegistry.models", "import vllm.x if knows A"),
    ),
    Row(
        "a test of a list of the plugin's own",
        "class ModelRegistry:\n    models = compute()\nif 'A' in ModelRegistry.models:\n    import vllm.x",
        ("import vllm.x if ?",),
    ),
)
