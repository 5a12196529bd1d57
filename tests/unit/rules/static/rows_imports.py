"""PM201, PM202, PM205: what is imported, by statements and by name."""

# ruff: noqa: E501, ISC004
# Sources stand in one piece, however long the line.

from .row import Row

UTILS = "#: vllm/utils.py\ndef cdiv(a, b): ...\ndef round_up(a, b): ...\n"
NO_CDIV = "#: vllm/utils.py\ndef round_up(a, b): ...\n"
MATHS = "#: vllm/utils.py\ndef round_up(a, b): ...\n#: vllm/maths.py\ndef cdiv(a, b): ...\n"
LAYER = "#: vllm/attention/layer.py\nclass Attention: ...\nclass Backend: ...\n"
MOVED = "#: vllm/v1/layer.py\nclass Attention: ...\nclass Backend: ...\n"

ROWS = (
    Row(
        "a name that is there",
        (UTILS, UTILS),
        "from vllm.utils import cdiv\ndef register(): ...\n",
    ),
    Row(
        "a name that went",
        (UTILS, NO_CDIV),
        "from vllm.utils import cdiv\ndef register(): ...\n",
        ("PM202 error vllm.utils.cdiv 0.11.0",),
    ),
    Row(
        "a name that came",
        (NO_CDIV, UTILS),
        "from vllm.utils import cdiv\ndef register(): ...\n",
        ("PM202 error vllm.utils.cdiv 0.10.0",),
    ),
    Row(
        "a name that no release has",
        (UTILS, UTILS),
        "from vllm.utils import nothing\ndef register(): ...\n",
        ("PM202 error vllm.utils.nothing all",),
    ),
    Row(
        "a name that came and went",
        (NO_CDIV, UTILS, NO_CDIV),
        "from vllm.utils import cdiv\ndef register(): ...\n",
        ("PM202 error vllm.utils.cdiv 0.10.0, 0.12.0",),
    ),
    Row(
        "a name under another one",
        (UTILS, NO_CDIV),
        "from vllm.utils import cdiv as ceiling\ndef register(): return ceiling(1, 2)\n",
        ("PM202 error vllm.utils.cdiv 0.11.0",),
    ),
    Row(
        "two names from one module are two causes",
        (UTILS, "#: vllm/utils.py\n"),
        "from vllm.utils import cdiv, round_up\ndef register(): ...\n",
        ("PM202 error vllm.utils.cdiv 0.11.0", "PM202 error vllm.utils.round_up 0.11.0"),
    ),
    Row(
        "one name in many places is one cause",
        (UTILS, NO_CDIV),
        "from vllm.utils import cdiv\ndef register():\n    from vllm.utils import cdiv\n    from . import other\n"
        "#: acme/other.py\nfrom vllm.utils import cdiv\n",
        ("PM202 error vllm.utils.cdiv 0.11.0",),
    ),
    Row(
        "a module that moved is one cause for all its names",
        (LAYER, MOVED),
        "from vllm.attention.layer import Attention, Backend\nimport vllm.attention.layer\ndef register(): ...\n",
        ("PM201 error vllm.attention.layer 0.11.0",),
    ),
    Row(
        "a module that is imported whole",
        (LAYER, MOVED),
        "import vllm.attention.layer as layer\ndef register(): return layer.Attention\n",
        ("PM201 error vllm.attention.layer 0.11.0",),
    ),
    Row(
        "a module that is imported as a name of its package",
        (LAYER, MOVED + "#: vllm/attention/__init__.py\n"),
        "from vllm.attention import layer\ndef register(): return layer.Attention\n",
        ("PM202 error vllm.attention.layer 0.11.0",),
    ),
    Row(
        "a submodule is a name of its package",
        (LAYER, LAYER),
        "from vllm.attention import layer\ndef register(): return layer.Attention\n",
    ),
    Row(
        "a package that went",
        (LAYER, MOVED),
        "from vllm.attention import layer\ndef register(): return layer.Attention\n",
        ("PM201 error vllm.attention 0.11.0",),
    ),
    Row(
        "a module that went and a name that never came",
        ("#: vllm/other.py\n", NO_CDIV, UTILS),
        "from vllm.utils import cdiv\ndef register(): ...\n",
        ("PM201 error vllm.utils 0.10.0", "PM202 error vllm.utils.cdiv 0.11.0"),
    ),
    Row(
        "a star import of a module that went",
        (LAYER, MOVED),
        "from vllm.attention.layer import *\ndef register(): ...\n",
        ("PM201 error vllm.attention.layer 0.11.0",),
    ),
    Row(
        "a star import of a module whose names went",
        (UTILS, NO_CDIV),
        "from vllm.utils import *\ndef register(): ...\n",
    ),
    Row(
        "a name that is re-exported on one release and defined on another",
        (UTILS, MATHS + "#: vllm/utils.py\nfrom vllm.maths import cdiv\n"),
        "from vllm.utils import cdiv\ndef register(): ...\n",
    ),
    Row(
        "a re-export that lost its source",
        (UTILS, "#: vllm/utils.py\nfrom vllm.maths import cdiv\n#: vllm/maths.py\ndef cdiv(a, b): ...\n"),
        "from vllm.maths import cdiv\ndef register(): ...\n",
        ("PM201 error vllm.maths 0.10.0",),
    ),
    Row(
        "a name that a module serves lazily",
        (UTILS, MATHS + "#: vllm/utils.py\ndef __getattr__(name):\n    return compute(name)\n"),
        "from vllm.utils import cdiv\ndef register(): ...\n",
    ),
    Row(
        "a name that a lazy table names",
        (
            UTILS,
            MATHS + '#: vllm/utils.py\n_MOVED = {"cdiv": "vllm.maths"}\n'
            "def __getattr__(name):\n    if name in _MOVED:\n        import importlib\n"
            "        return getattr(importlib.import_module(_MOVED[name]), name)\n    raise AttributeError(name)\n",
        ),
        "from vllm.utils import cdiv\ndef register(): ...\n",
    ),
    Row(
        "a name for type checkers alone is no name at run time",
        (UTILS, "#: vllm/utils.py\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    cdiv: int\n"),
        "from vllm.utils import cdiv\ndef register(): ...\n",
        ("PM202 error vllm.utils.cdiv 0.11.0",),
    ),
    Row(
        "an import for type checkers alone is never run",
        (UTILS, NO_CDIV),
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vllm.utils import cdiv\ndef register(): ...\n",
    ),
    Row(
        "a name that vLLM defines under a condition",
        (UTILS, "#: vllm/utils.py\nimport os\nif os.environ.get('X'):\n    def cdiv(a, b): ...\n"),
        "from vllm.utils import cdiv\ndef register(): ...\n",
    ),
    Row(
        "a compiled module is in no source",
        (UTILS, NO_CDIV),
        "import vllm._C\ndef register(): ...\n",
        ("PM207 advice vllm._* all",),
    ),
    Row(
        "another distribution whose name begins alike",
        (UTILS, NO_CDIV),
        "import vllm_flash\nfrom vllm_extra.utils import cdiv\ndef register(): ...\n",
    ),
    Row(
        "a relative import is none of vLLM",
        (UTILS, NO_CDIV),
        "from .utils import cdiv\ndef register(): ...\n#: acme/utils.py\ndef cdiv(a, b): ...\n",
    ),
    Row(
        "what goes through a failed import is the same failure",
        (UTILS, NO_CDIV),
        "from vllm.utils import cdiv\ndef register():\n    cdiv(1, 2)\n    cdiv.cache_clear()\n",
        ("PM202 error vllm.utils.cdiv 0.11.0",),
    ),
    Row(
        "what the plugin re-exports to itself",
        (UTILS, NO_CDIV),
        "from .compat import cdiv\ndef register(): cdiv(1, 2)\n"
        "#: acme/compat.py\nfrom vllm.utils import cdiv\n",
        ("PM202 error vllm.utils.cdiv 0.11.0",),
    ),
    Row(
        "a constant name given to import_module",
        (LAYER, MOVED),
        "import importlib\ndef register():\n    importlib.import_module('vllm.attention.layer')\n",
        ("PM201 error vllm.attention.layer 0.11.0",),
    ),
    Row(
        "a module that the plugin puts there itself",
        (LAYER, MOVED),
        "import sys, types\nsys.modules['vllm.attention.layer'] = types.ModuleType('x')\n"
        "def register():\n    import vllm.attention.layer\n",
    ),
    Row(
        "a deprecated function",
        (
            UTILS,
            "#: vllm/utils.py\nfrom typing_extensions import deprecated\n@deprecated('use ceil')\n"
            "def cdiv(a, b): ...\n",
        ),
        "from vllm.utils import cdiv\ndef register(): ...\n",
        ("PM206 advice vllm.utils.cdiv 0.11.0",),
    ),
    Row(
        "many underscore names are one piece of advice",
        ("#: vllm/utils.py\n_a = 1\n_b = 2\n",) * 2,
        "from vllm.utils import _a, _b\ndef register(): ...\n",
        ("PM207 advice vllm._* all",),
    ),
    Row(
        "dunder names are public",
        (UTILS, UTILS),
        "from vllm import __version__\ndef register(): ...\n",
    ),
    Row(
        "a worker named by a string",
        ("#: vllm/worker.py\nclass Worker: ...\n", "#: vllm/v1/worker.py\nclass Worker: ...\n"),
        "from vllm.utils import resolve_obj_by_qualname\ndef register():\n"
        "    resolve_obj_by_qualname('vllm.worker.Worker')\n"
        "",
        (
            "PM201 error vllm.utils all",
            "PM205 error vllm.worker.Worker 0.11.0",
        ),
    ),
    Row(
        "a string whose target moved, with the function that resolves it",
        (
            "#: vllm/utils.py\ndef resolve_obj_by_qualname(name): ...\n#: vllm/worker.py\nclass Worker: ...\n",
            "#: vllm/utils.py\ndef resolve_obj_by_qualname(name): ...\n#: vllm/v1/worker.py\nclass Worker: ...\n",
        ),
        "from vllm.utils import resolve_obj_by_qualname\ndef register():\n"
        "    resolve_obj_by_qualname('vllm.worker.Worker')\n",
        ("PM205 error vllm.worker.Worker 0.11.0",),
    ),
)
