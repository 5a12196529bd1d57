"""Arguments: what a function does under a test of a parameter is done by the calls whose arguments say so."""

# ruff: noqa: E501
# Sources stand in one piece, however long the line.

from .row import Row

HERE = "#: vllm/utils.py\ndef cdiv(a, b): ...\n"
GONE = "#: vllm/utils.py\n"
ENGINES = (HERE, GONE)
USE = "from vllm.utils import cdiv\n"
FOUND = ("PM202 error vllm.utils.cdiv 0.11.0",)
DOUBTED = ("PM202 warning vllm.utils.cdiv 0.11.0",)
NOTHING = ()


def _calling(call: str, parameters: str, test: str, before: str = "") -> str:
    """Return a plugin whose entry point makes `call` of `f`, which asks for vLLM where `test` holds."""
    return f"def register(unknown=None):\n    {call}\ndef f({parameters}):\n{before}    if {test}:\n        {USE}"


_TESTS = (
    # name, call, parameters, test, what is found
    ("a keyword that is true", "f(p=True)", "p=False", "p", FOUND),
    ("a keyword that is false", "f(p=False)", "p=True", "p", NOTHING),
    ("a positional argument that is true", "f(True)", "p=False", "p", FOUND),
    ("a positional argument that is false", "f(False)", "p", "p", NOTHING),
    ("the second argument", "f(0, True)", "o, p", "p", FOUND),
    ("another argument's value", "f(True, False)", "o, p", "p", NOTHING),
    ("a default that is true", "f()", "p=True", "p", FOUND),
    ("a default that is false", "f()", "p=False", "p", NOTHING),
    ("a keyword-only argument", "f(p=True)", "*, p", "p", FOUND),
    ("a keyword-only default", "f()", "*, p=False", "p", NOTHING),
    ("a positional-only argument", "f(True)", "p, /", "p", FOUND),
    ("an annotated parameter", "f(p=True)", "p: bool = False", "p", FOUND),
    ("the opposite of what is false", "f(False)", "p", "not p", FOUND),
    ("the opposite of what is true", "f(True)", "p", "not p", NOTHING),
    ("None that is asked for", "f()", "p=None", "p is None", FOUND),
    ("None that is not asked for", "f()", "p=None", "p is not None", NOTHING),
    ("what is not None", "f(1)", "p=None", "p is not None", FOUND),
    ("what is not None where None is asked for", "f(1)", "p=None", "p is None", NOTHING),
    ("a string that is asked for", "f('a')", "p", "p == 'a'", FOUND),
    ("another string", "f('b')", "p", "p == 'a'", NOTHING),
    ("a string that is not the one", "f('b')", "p", "p != 'a'", FOUND),
    ("a string that is the one", "f('a')", "p", "p != 'a'", NOTHING),
    ("a number that is asked for", "f(2)", "p", "p == 2", FOUND),
    ("one of several strings", "f('a')", "p", "p in ('a', 'b')", FOUND),
    ("none of several strings", "f('c')", "p", "p in ('a', 'b')", NOTHING),
    ("True itself", "f(True)", "p", "p is True", FOUND),
    ("None where False is asked for", "f(None)", "p", "p is False", NOTHING),
    ("a string where True is asked for", "f('a')", "p", "p is True", NOTHING),
    ("a string that is no True", "f('a')", "p", "p == True", NOTHING),
    ("one where True itself is asked for", "f(1)", "p", "p is True", DOUBTED),
    ("both of two", "f(True, 'a')", "o, p", "o and p == 'a'", FOUND),
    ("one of two where both are asked for", "f(True, 'b')", "o, p", "o and p == 'a'", NOTHING),
    ("one of two that are enough", "f(False, 'a')", "o, p", "o or p == 'a'", FOUND),
    ("what is asked beside something unknown", "f(True)", "p", "p and g()", DOUBTED),
    ("what is not beside something unknown", "f(False)", "p", "p and g()", NOTHING),
    ("what is enough beside something unknown", "f(True)", "p", "p or g()", FOUND),
    ("a comparison that is not followed", "f(3)", "p", "p > 2", DOUBTED),
    ("an unknown value", "f(unknown())", "p", "p", DOUBTED),
    ("a parameter of an entry point's", "f(unknown)", "p", "p", DOUBTED),
    ("a default that is no constant", "f()", "p=object()", "p", DOUBTED),
    ("arguments that are unpacked", "f(*unknown)", "p=False", "p", DOUBTED),
    ("keywords that are unpacked", "f(**unknown)", "p=False", "p", DOUBTED),
    ("an argument that is unpacked besides", "f(False, *unknown)", "p=False, o=False", "p", DOUBTED),
    ("all arguments together", "f(True)", "*p", "p", DOUBTED),
    ("a call that does not fit", "f(True, True)", "p", "p", DOUBTED),
)

_REBOUND = (
    # name, statements before the test, what is found for `f(False)` where `p` is asked for
    ("not at all", "", NOTHING),
    ("to something unknown", "    p = g()\n", DOUBTED),
    ("to a constant", "    p = True\n", FOUND),
    ("by an operator", "    p |= g()\n", DOUBTED),
    ("in a branch", "    if g():\n        p = g()\n", DOUBTED),
    ("where it is asked what it is", "    if isinstance(p, str):\n        p = g(p)\n", DOUBTED),
    ("in a loop", "    for _ in g():\n        p = g()\n", DOUBTED),
    ("by a loop", "    for p in g():\n        pass\n", DOUBTED),
    ("by `with`", "    with g() as p:\n        pass\n", DOUBTED),
    ("in an expression", "    g(p := g())\n", DOUBTED),
    ("in an expression of a loop", "    any((p := one) for one in g())\n", DOUBTED),
    ("by an import", "    import os as p\n", DOUBTED),
    ("in a `try`", "    try:\n        p = g()\n    except ValueError:\n        pass\n", DOUBTED),
    ("by what is raised", "    try:\n        g()\n    except ValueError as p:\n        pass\n", DOUBTED),
    ("by a pattern", "    match g():\n        case [p]:\n            pass\n", DOUBTED),
    ("by a function inside", "    def h():\n        nonlocal p\n        p = g()\n    h()\n", DOUBTED),
    ("of a function inside alone", "    def h(p):\n        p = g()\n    h(1)\n", NOTHING),
)

ROWS = (
    *(
        Row(f"under a test, {name}", ENGINES, _calling(call, parameters, test), expected)
        for name, call, parameters, test, expected in _TESTS
    ),
    *(
        Row(
            f"under a test of a parameter bound again {name}",
            ENGINES,
            _calling("f(False)", "p", "p", before),
            expected,
        )
        for name, before, expected in _REBOUND
    ),
    Row(
        "in a handler of what bound the parameter again",
        ENGINES,
        f"def register(): f(False)\ndef f(p):\n    try:\n        p = g()\n        h()\n    except ValueError:\n        if p:\n            {USE}",
        DOUBTED,
    ),
    Row(
        "in the other branch",
        ENGINES,
        f"def register(): f(False)\ndef f(p):\n    if p:\n        pass\n    else:\n        {USE}",
        FOUND,
    ),
    Row(
        "after a test that returns",
        ENGINES,
        f"def register(): f(True)\ndef f(p=False):\n    if not p:\n        return\n    {USE}",
        FOUND,
    ),
    Row(
        "after a test that has returned",
        ENGINES,
        f"def register(): f()\ndef f(p=False):\n    if not p:\n        return\n    {USE}",
        NOTHING,
    ),
    Row(
        "after a test that has raised",
        ENGINES,
        f"def register(): f(None)\ndef f(p):\n    if p is None:\n        raise ValueError\n    {USE}",
        NOTHING,
    ),
    Row(
        "after a test that may raise",
        ENGINES,
        f"def register(): f(g())\ndef f(p):\n    if p is None:\n        raise ValueError\n    {USE}",
        FOUND,
    ),
    Row(
        "a module of the plugin that the argument chooses",
        ENGINES,
        f"def register(): f(early=True)\ndef f(early: bool = False):\n    if early:\n        from acme import one\n    else:\n        from acme import two\n#: acme/one.py\n{USE}#: acme/two.py\n",
        FOUND,
    ),
    Row(
        "a module of the plugin that the argument does not choose",
        ENGINES,
        f"def register(): f(early=True)\ndef f(early: bool = False):\n    if early:\n        from acme import one\n    else:\n        from acme import two\n#: acme/one.py\n#: acme/two.py\n{USE}",
        DOUBTED,
    ),
    Row(
        "a function of another module that the argument has called",
        ENGINES,
        f"from acme.b import f\ndef register(): f('x')\n#: acme/b.py\ndef f(p):\n    if p == 'x':\n        g()\ndef g():\n    {USE}",
        FOUND,
    ),
    Row(
        "a release and an argument",
        (HERE, GONE, GONE),
        f"import vllm\nfrom packaging.version import Version\ndef register(): f(True)\ndef f(p):\n    if p and Version(vllm.__version__) >= Version('0.12.0'):\n        {USE}",
        ("PM202 error vllm.utils.cdiv 0.12.0",),
    ),
    Row(
        "a release or an argument",
        (HERE, GONE, GONE),
        f"import vllm\nfrom packaging.version import Version\ndef register(): f(False)\ndef f(p):\n    if p or Version(vllm.__version__) >= Version('0.12.0'):\n        {USE}",
        ("PM202 error vllm.utils.cdiv 0.12.0",),
    ),
    Row(
        "calls of which one has the argument",
        ENGINES,
        f"def register():\n    f(False)\n    f(True)\ndef f(p):\n    if p:\n        {USE}",
        FOUND,
    ),
    Row(
        "calls of which an uncertain one has the argument",
        ENGINES,
        f"def register():\n    f(False)\n    if g():\n        f(True)\ndef f(p):\n    if p:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "a call nobody makes that has the argument",
        ENGINES,
        f"def register(): f(False)\ndef other(): f(True)\ndef f(p):\n    if p:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "calls of which one has an unknown argument",
        ENGINES,
        f"def register():\n    f(False)\n    f(g())\ndef f(p):\n    if p:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "a call in a `try`",
        ENGINES,
        f"def register():\n    try:\n        f(True)\n    except ImportError:\n        pass\ndef f(p):\n    if p:\n        {USE}",
        NOTHING,
    ),
    Row(
        "an argument that is passed on",
        ENGINES,
        f"def register(): e(True)\ndef e(q): f(p=q)\ndef f(p=False):\n    if p:\n        {USE}",
        FOUND,
    ),
    Row(
        "an argument that is passed on and does not ask",
        ENGINES,
        f"def register(): e()\ndef e(q=False): f(p=q)\ndef f(p=True):\n    if p:\n        {USE}",
        NOTHING,
    ),
    Row(
        "an argument that is passed on twice, under a test",
        ENGINES,
        f"def register(): d(True)\ndef d(r): e(r)\ndef e(q):\n    if q:\n        f(1, q)\ndef f(o, p=False):\n    if p is True and o == 1:\n        {USE}",
        FOUND,
    ),
    Row(
        "an argument that is bound again and passed on",
        ENGINES,
        f"def register(): e(False)\ndef e(q):\n    q = q or g()\n    f(p=q)\ndef f(p=False):\n    if p:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "an argument that calls pass on to each other",
        ENGINES,
        f"def register(): e(True, False)\ndef e(p, q):\n    if p:\n        {USE}    else:\n        e(q, p)\n",
        FOUND,
    ),
    Row(
        "the entry point's own default",
        ENGINES,
        f"def register(p=True):\n    if p:\n        {USE}\ndef other(): register(False)",
        FOUND,
    ),
    Row(
        "the entry point's own default, whatever others pass",
        ENGINES,
        f"def register(p=False):\n    if p:\n        {USE}\ndef other(): register(None)",
        NOTHING,
    ),
    Row(
        "a function that only it itself calls",
        ENGINES,
        f"def register(): ...\ndef f(p):\n    if p:\n        {USE}        f(False)\n",
        DOUBTED,
    ),
    Row(
        "a call of which a condition chooses the form",
        tuple(
            engine + form
            for engine, form in zip(
                ENGINES,
                ("#: vllm/base.py\ndef m(a): ...\n", "#: vllm/base.py\ndef m(a, b): ...\n"),
                strict=True,
            )
        ),
        "from vllm.base import m\ndef register():\n    f(True)\n    f(g())\ndef f(p):\n    if p:\n        m(1)\n    else:\n        m(1, 2)\n",
        NOTHING,
    ),
    Row(
        "a function that vLLM is given by name, with arguments of its own",
        tuple(engine + "#: vllm/base.py\ndef resolve_name(name): ...\n" for engine in ENGINES),
        f"from vllm.base import resolve_name\ndef register():\n    make(False)\n    resolve_name('acme.make')\ndef make(p):\n    if p:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "a method, which a subclass may have overridden",
        ENGINES,
        f"def register(): C().run()\nclass C:\n    def run(self): self.f(True)\n    def f(self, p):\n        if p:\n            {USE}",
        DOUBTED,
    ),
    Row(
        "a generator, which runs later",
        ENGINES,
        f"def register(): f(True)\ndef f(p):\n    yield\n    if p:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "a function under a decorator that may change its arguments",
        ENGINES,
        f"from other import turned\ndef register(): f(False)\n@turned\ndef f(p):\n    if p:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "an attribute that has a parameter's value of elsewhere",
        ENGINES,
        f"class C:\n    def __init__(self, p=False): self.on = not p\nstate = C()\ndef register(): f(False)\ndef f(p):\n    if state.on:\n        {USE}",
        DOUBTED,
    ),
    Row(
        "what another function gives for its own parameter",
        ENGINES,
        f"def same(p, *_): return p\ndef register(): f(False, *g())\ndef f(p, o=None):\n    if same(*g()):\n        {USE}",
        DOUBTED,
    ),
)
