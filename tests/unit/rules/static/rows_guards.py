"""Guards: when a use is reached, and when its failure is handled."""

# ruff: noqa: E501
# Sources stand in one piece, however long the line.

from .row import Row

HERE = "#: vllm/utils.py\ndef cdiv(a, b): ...\nclass C: ...\n"
GONE = "#: vllm/utils.py\n"
ENGINES = (HERE, HERE, GONE, GONE)
USE = "from vllm.utils import cdiv"
FOUND = ("PM202 error vllm.utils.cdiv 0.12.0, 0.13.0",)
DOUBTED = ("PM202 warning vllm.utils.cdiv 0.12.0, 0.13.0",)
ONE = ("PM202 error vllm.utils.cdiv 0.12.0",)
OTHER = "#: vllm/other.py\ndef f(): ...\n"
TRIES = f"""
def tried():
    try:
        from vllm.other import f
    except ImportError:
        {{other}}
    return f
try:
    g = tried()
except ImportError:
    g = None
if g is not None:
    {USE}
def register(): ...
"""
VERSION = "import vllm\nfrom packaging.version import Version, parse\n"
REGISTRIES = (
    (
        "class ModelRegistry:\n    @staticmethod\n    def register_model(model_arch, model_cls): ...\n"
        "    @staticmethod\n    def get_supported_archs(): ...\n"
    ),
) * 4


def under(condition: str, before: str = VERSION) -> str:
    return f"{before}def register():\n    if {condition}:\n        {USE}\n"


def in_register(body: str, before: str = VERSION) -> str:
    return before + "def register():\n" + "".join(f"    {line}\n" for line in body.split("\n"))


HANDLED = tuple(
    Row(
        f"handled by {handler or 'a bare except'}",
        ENGINES,
        in_register(f"try:\n    {USE}\nexcept{' ' + handler if handler else ''}:\n    cdiv = None"),
    )
    for handler in ("ImportError", "Exception", "BaseException", "(ImportError, AttributeError)", "")
)

ROWS = (
    Row("no guard", ENGINES, in_register(USE), FOUND),
    *HANDLED,
    Row(
        "a handler for missing modules does not catch a missing name",
        ENGINES,
        in_register(f"try:\n    {USE}\nexcept ModuleNotFoundError:\n    cdiv = None"),
        FOUND,
    ),
    Row(
        "a handler for missing modules catches a missing module",
        ("#: vllm/utils.py\n", "#: vllm/other.py\n"),
        in_register("try:\n    import vllm.utils\nexcept ModuleNotFoundError:\n    pass"),
    ),
    Row(
        "a handler of another exception",
        ENGINES,
        in_register(f"try:\n    {USE}\nexcept ValueError:\n    cdiv = None"),
        FOUND,
    ),
    Row(
        "a handler that raises again",
        ENGINES,
        in_register(f"try:\n    {USE}\nexcept ImportError:\n    raise"),
        FOUND,
    ),
    Row(
        "a handler that raises something else",
        ENGINES,
        in_register(f"try:\n    {USE}\nexcept ImportError as e:\n    raise RuntimeError('too new') from e"),
        FOUND,
    ),
    Row(
        "a broad handler that only logs",
        ENGINES,
        in_register(f"try:\n    {USE}\n    cdiv(1, 2)\nexcept Exception:\n    print('no')"),
        DOUBTED,
    ),
    Row(
        "a narrow handler that only logs",
        ENGINES,
        in_register(f"try:\n    {USE}\n    cdiv(1, 2)\nexcept ImportError:\n    print('no')"),
    ),
    Row(
        "suppressed",
        ENGINES,
        in_register(f"with contextlib.suppress(ImportError):\n    {USE}", "import contextlib\n"),
    ),
    Row(
        "a fallback to the new place",
        (HERE, HERE, "#: vllm/maths.py\ndef cdiv(a, b): ...\n", "#: vllm/maths.py\ndef cdiv(a, b): ...\n"),
        in_register(f"try:\n    from vllm.maths import cdiv\nexcept ImportError:\n    {USE}"),
    ),
    Row(
        "a fallback that fails too",
        (HERE, HERE, "#: vllm/maths.py\ndef cdiv(a, b): ...\n", "#: vllm/other.py\n"),
        in_register(f"try:\n    from vllm.maths import cdiv\nexcept ImportError:\n    {USE}"),
        ("PM201 error vllm.utils 0.13.0",),
    ),
    Row(
        "what follows an import in its try",
        ("#: vllm/a.py\nx = 1\n#: vllm/utils.py\ndef cdiv(a, b): ...\n", "#: vllm/utils.py\n"),
        in_register(f"try:\n    import vllm.a\n    {USE}\nexcept ModuleNotFoundError:\n    pass"),
    ),
    Row(
        "a flag set where an import fails",
        ENGINES,
        f"try:\n    {USE}\n    HAS = True\nexcept ImportError:\n    HAS = False\ndef register():\n    if HAS:\n        from vllm.utils import cdiv as again\n",
    ),
    Row(
        "None where an import fails, tested",
        ENGINES,
        f"try:\n    {USE}\nexcept ImportError:\n    cdiv = None\ndef register():\n    if cdiv is not None:\n        from vllm.utils import cdiv as again\n",
    ),
    Row("a version below", ENGINES, under("Version(vllm.__version__) < Version('0.12.0')")),
    Row("a version at most", ENGINES, under("Version(vllm.__version__) <= Version('0.11.0')")),
    Row(
        "a version at most that still has it",
        ENGINES,
        under("Version(vllm.__version__) <= Version('0.12.0')"),
        ONE,
    ),
    Row("a version above", ENGINES, under("Version(vllm.__version__) > Version('0.11.0')"), FOUND),
    Row("a version equal", ENGINES, under("Version(vllm.__version__) == Version('0.12.0')"), ONE),
    Row("a version not equal", ENGINES, under("Version(vllm.__version__) != Version('0.13.0')"), ONE),
    Row("a version the other way round", ENGINES, under("Version('0.12.0') > Version(vllm.__version__)")),
    Row("a version through parse", ENGINES, under("parse(vllm.__version__) < parse('0.12.0')")),
    Row(
        "a version imported by name",
        ENGINES,
        under(
            "Version(__version__) < Version('0.12.0')",
            "from vllm import __version__\nfrom packaging.version import Version\n",
        ),
    ),
    Row(
        "a version of the metadata",
        ENGINES,
        under(
            "Version(version('vllm')) < Version('0.12.0')",
            "from importlib.metadata import version\nfrom packaging.version import Version\n",
        ),
    ),
    Row(
        "a version of another distribution",
        ENGINES,
        under(
            "Version(version('torch')) < Version('2')",
            "from importlib.metadata import version\nfrom packaging.version import Version\n",
        ),
        DOUBTED,
    ),
    Row(
        "the other branch",
        ENGINES,
        in_register(f"if Version(vllm.__version__) >= Version('0.12.0'):\n    pass\nelse:\n    {USE}"),
    ),
    Row("a negated condition", ENGINES, under("not Version(vllm.__version__) >= Version('0.12.0')")),
    Row(
        "both conditions",
        ENGINES,
        under(
            "Version('0.11.0') <= Version(vllm.__version__) and Version(vllm.__version__) < Version('0.13.0')"
        ),
        ONE,
    ),
    Row(
        "a chained comparison",
        ENGINES,
        under("Version('0.11.0') <= Version(vllm.__version__) < Version('0.13.0')"),
        ONE,
    ),
    Row(
        "one of two conditions",
        ENGINES,
        under(
            "Version(vllm.__version__) < Version('0.11.0') or Version(vllm.__version__) == Version('0.12.0')"
        ),
        ONE,
    ),
    Row(
        "an early return",
        ENGINES,
        in_register(f"if Version(vllm.__version__) >= Version('0.12.0'):\n    return\n{USE}"),
    ),
    Row(
        "an early raise",
        ENGINES,
        in_register(
            f"if Version(vllm.__version__) >= Version('0.12.0'):\n    raise RuntimeError('too new')\n{USE}"
        ),
    ),
    Row(
        "a flag at the module's top",
        ENGINES,
        f"{VERSION}OLD = Version(vllm.__version__) < Version('0.12.0')\ndef register():\n    if OLD:\n        {USE}\n",
    ),
    Row(
        "a function of the plugin that compares",
        ENGINES,
        f"{VERSION}def vllm_version_is(target): return Version(vllm.__version__) == Version(target)\n"
        f"def register():\n    if vllm_version_is('0.12.0'):\n        {USE}\n",
        ONE,
    ),
    Row(
        "a function of the plugin that compares, in another module",
        ENGINES,
        f"from .compat import vllm_version_is\ndef register():\n    if not vllm_version_is('0.12.0'):\n        {USE}\n"
        f"#: acme/compat.py\n{VERSION}def vllm_version_is(target): return Version(vllm.__version__) == Version(target)\n",
        ("PM202 error vllm.utils.cdiv 0.13.0",),
    ),
    Row(
        "hasattr of a module",
        ENGINES,
        in_register(f"import vllm.utils\nif hasattr(vllm.utils, 'cdiv'):\n    {USE}"),
    ),
    Row(
        "no hasattr of a module",
        ENGINES,
        in_register(f"import vllm.utils\nif not hasattr(vllm.utils, 'cdiv'):\n    {USE}"),
        FOUND,
    ),
    Row(
        "find_spec",
        (HERE, "#: vllm/other.py\n"),
        in_register(
            "if find_spec('vllm.utils'):\n    import vllm.utils", "from importlib.util import find_spec\n"
        ),
    ),
    Row(
        "find_spec is None",
        (HERE, "#: vllm/other.py\n"),
        in_register(
            "if find_spec('vllm.utils') is None:\n    return\nimport vllm.utils",
            "from importlib.util import find_spec\n",
        ),
    ),
    Row(
        "a function that imports is tried, and what comes of it is there",
        (OTHER, OTHER, f"{OTHER}{GONE}", f"{OTHER}{GONE}"),
        TRIES.format(other="from vllm.older import f"),
        ("PM201 error vllm.utils 0.10.0, 0.11.0", *FOUND),
    ),
    Row(
        "a function that imports is tried, and nothing comes of it",
        (GONE, GONE, GONE, GONE),
        TRIES.format(other="from vllm.older import f"),
    ),
    Row(
        "a function that imports from somewhere else is tried",
        ENGINES,
        TRIES.format(other="from acme_driver import f").replace("from vllm.other import f", "pass"),
        DOUBTED,
    ),
    Row("an environment variable", ENGINES, under("os.environ.get('ACME')", "import os\n"), DOUBTED),
    Row(
        "a variable that switches the plugin off",
        ENGINES,
        under("os.environ.get('ACME_OFF', '').lower() not in ('1', 'true')", "import os\n"),
        FOUND,
    ),
    Row(
        "a variable that switches the plugin off, asked for in a function",
        ENGINES,
        "import os\ndef off():\n    for name in ('ACME_OFF', 'OFF'):\n"
        "        if os.environ.get(name, '').strip() == '1':\n            return True\n    return False\n"
        + in_register(f"if off():\n    return\n{USE}"),
        FOUND,
    ),
    Row(
        "a variable that is on by default",
        ENGINES,
        under("os.getenv('ACME', '1') == '1'", "import os\n"),
        FOUND,
    ),
    Row(
        "a variable that is off by default",
        ENGINES,
        under("os.getenv('ACME', '0') == '1'", "import os\n"),
        DOUBTED,
    ),
    Row(
        "an environment variable and a version",
        ENGINES,
        under(
            "os.environ.get('ACME') and Version(vllm.__version__) < Version('0.12.0')",
            "import os\n" + VERSION,
        ),
    ),
    Row("a condition of Python's", ENGINES, under("sys.version_info >= (3, 12)", "import sys\n"), DOUBTED),
    Row("a loop that may not run", ENGINES, in_register(f"for one in things():\n    {USE}"), DOUBTED),
    Row("a script's own part", ENGINES, f"def register(): ...\nif __name__ == '__main__':\n    {USE}\n"),
    Row("code behind a return", ENGINES, in_register(f"return\n{USE}")),
    Row(
        "a handled attribute",
        ENGINES,
        in_register("import vllm.utils\ntry:\n    f = vllm.utils.cdiv\nexcept AttributeError:\n    f = None"),
    ),
    Row(
        "an attribute handled as an import",
        ENGINES,
        in_register("import vllm.utils\ntry:\n    f = vllm.utils.cdiv\nexcept ImportError:\n    f = None"),
        ("PM203 error vllm.utils.cdiv 0.12.0, 0.13.0",),
    ),
    Row(
        "a call in two forms, the second where the first fails",
        ("#: vllm/f.py\ndef f(a): ...\n", "#: vllm/f.py\ndef f(a, b): ...\n"),
        "from vllm.f import f\ndef register():\n    try:\n        f(1)\n    except TypeError:\n        f(1, 2)\n",
    ),
    Row(
        "two calls under two versions",
        ("#: vllm/f.py\ndef f(a): ...\n", "#: vllm/f.py\ndef f(a, b): ...\n"),
        f"{VERSION}from vllm.f import f\ndef register():\n    if Version(vllm.__version__) < Version('0.11.0'):\n"
        "        f(1)\n    else:\n        f(1, 2)\n",
    ),
    Row(
        "a class under a version",
        (
            "#: vllm/base.py\nclass Base: ...\n",
            "#: vllm/base.py\nfrom abc import ABC, abstractmethod\nclass Base(ABC):\n    @abstractmethod\n    def m(self): ...\n",
        ),
        f"{VERSION}from vllm.base import Base\nif Version(vllm.__version__) < Version('0.11.0'):\n"
        "    class Mine(Base): ...\ndef register(): ...\n",
    ),
    # the registry of models; architectures are those of the real releases
    Row(
        "a model that is registered where vLLM has none of that name",
        REGISTRIES,
        "from vllm import ModelRegistry\ndef register():\n    if 'Ernie4_5_VLMoeForConditionalGeneration' not in ModelRegistry.get_supported_archs():\n        from vllm.gone import x\n",
        ("PM201 error vllm.gone 0.10.0",),
    ),
    Row(
        "an early return where the registry lists the model",
        REGISTRIES,
        "from vllm import ModelRegistry\ndef register():\n    archs = set(ModelRegistry.get_supported_archs())\n    if 'Mine' in archs:\n        return\n    from vllm.gone import x\n",
        ("PM201 error vllm.gone all",),
    ),
    Row(
        "what is done where the registry lists the model is done the second time, if at all",
        REGISTRIES,
        "from vllm import ModelRegistry\ndef register():\n    if 'Mine' in ModelRegistry.get_supported_archs():\n        from vllm.gone import x\n",
        ("PM201 warning vllm.gone all",),
    ),
    Row(
        "a helper that tells whether the registry lists a model",
        REGISTRIES,
        "from vllm import ModelRegistry\ndef known(arch):\n    return arch in ModelRegistry.get_supported_archs()\ndef register():\n    if not known('Mine'):\n        from vllm.gone import x\n",
        ("PM201 error vllm.gone all",),
    ),
    Row(
        "a model whose name is not known",
        REGISTRIES,
        "import os\nfrom vllm import ModelRegistry\ndef register():\n    if os.environ['MINE'] not in ModelRegistry.get_supported_archs():\n        from vllm.gone import x\n",
        ("PM201 warning vllm.gone all",),
    ),
)
