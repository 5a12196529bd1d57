# ruff: noqa: E501 - a row of the table is read on one line
"""Imports: every form of them, and where they stand."""

from .told import Row

ROWS = (
    Row("a module", "import vllm.config", ("import vllm.config",)),
    Row("a module under another name", "import vllm.config as c", ("import vllm.config",)),
    Row("the package", "import vllm", ("import vllm",)),
    Row("a name", "from vllm.config import VllmConfig", ("import vllm.config:VllmConfig",)),
    Row("two names", "from vllm.a import b, c as d", ("import vllm.a:b", "import vllm.a:c")),
    Row("all names", "from vllm.a import *", ("import vllm.a:*",)),
    Row("other packages are none of ours", "import os\nimport torch.nn\nfrom vllm_other import x", ()),
    Row("a package whose name begins alike", "import vllm_omni.x\nfrom vllmx import y", ()),
    Row("inside a function", "def f():\n    from vllm.a import b", ("import vllm.a:b",)),
    Row("inside a class", "class C:\n    from vllm.a import b", ("import vllm.a:b",)),
    Row(
        "for type checkers alone",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vllm.a import b",
        (),
    ),
    Row(
        "for type checkers alone, through the module",
        "import typing\nif typing.TYPE_CHECKING:\n    import vllm.a\nelse:\n    import vllm.b",
        ("import vllm.b",),
    ),
    Row(
        "not for type checkers",
        "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import vllm.a",
        ("import vllm.a",),
    ),
    Row("only when run as a script", "if __name__ == '__main__':\n    import vllm.a", ()),
    Row(
        "under a false constant", "if False:\n    import vllm.a\nelse:\n    import vllm.b", ("import vllm.b",)
    ),
    Row("by name", "import importlib\nimportlib.import_module('vllm.a')", ("import vllm.a",)),
    Row(
        "by name, function imported",
        "from importlib import import_module as im\nim('vllm.a.b')",
        ("import vllm.a.b",),
    ),
    Row("by a name that is computed", "import importlib\nimportlib.import_module('vllm.' + x)", ()),
    Row("by __import__", "__import__('vllm.a')", ("import vllm.a",)),
    Row("behind an import that always fails", "raise RuntimeError\nimport vllm.a", ()),
    Row("behind an exit", "import sys\nsys.exit(1)\nimport vllm.a", ()),
    Row(
        "relative ones stay in the plugin",
        "#: acme/a.py\nfrom . import b\nfrom .b import c\n#: acme/b.py\n",
        (),
    ),
    Row(
        "a part of vllm that the plugin ships itself",
        "import vllm.mine\nfrom vllm.mine import x\n#: vllm/mine.py\nx = 1",
        (),
    ),
    Row(
        "a module that the plugin puts into sys.modules",
        "import sys, types\nsys.modules['vllm.old'] = types.ModuleType('x')\nimport vllm.old\nfrom vllm.old import y\nimport vllm.a",
        ("import vllm.a", "patch vllm.old ? optional"),
    ),
    Row("in a loop", "for x in y:\n    import vllm.a", ("import vllm.a if ?",)),
    Row("in a loop over what is written out", "for x in (1, 2):\n    import vllm.a", ("import vllm.a",)),
    Row("in an endless loop", "while True:\n    import vllm.a\n    break", ("import vllm.a",)),
    Row(
        "under a condition that cannot be told",
        "import sys\nif sys.flags.optimize:\n    import vllm.a",
        ("import vllm.a if ?",),
    ),
    Row(
        "where an environment variable is set",
        "import os\nif os.environ.get('X'):\n    import vllm.a",
        ("import vllm.a if X is set & ?",),
    ),
    Row(
        "where an environment variable is not set",
        "import os\nif not os.getenv('X', '').strip():\n    import vllm.a",
        ("import vllm.a if (not X is set | ?)",),
    ),
    Row("in a match", "match x:\n    case 1:\n        import vllm.a", ("import vllm.a if ?",)),
    Row("in a with", "with open('x') as f:\n    import vllm.a", ("import vllm.a",)),
    Row("in a lambda", "f = lambda: __import__('vllm.a')", ("import vllm.a",)),
    Row("in an async function", "async def f():\n    import vllm.a", ("import vllm.a",)),
)
