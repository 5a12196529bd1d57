# ruff: noqa: E501 - a row of the table is read on one line
"""Patches and strings that are resolved later."""

from .told import Row

ROWS = (
    Row(
        "a function of a module",
        "import vllm.a\ndef f(x, *, y=1): ...\nvllm.a.f = f",
        ("patch vllm.a.f (x, *, y=...)",),
    ),
    Row(
        "a method of a class",
        "from vllm.a import C\ndef m(self, x): ...\nC.m = m",
        ("patch vllm.a.C.m (self, x)",),
    ),
    Row("a lambda", "from vllm.a import C\nC.m = lambda self: 1", ("patch vllm.a.C.m (self)",)),
    Row(
        "a method of a class of the plugin",
        "from vllm.a import C\nclass D:\n    def m(self, x): ...\nC.m = D.m",
        ("patch vllm.a.C.m (self, x) method",),
    ),
    Row(
        "a static method",
        "from vllm.a import C\ndef m(x): ...\nC.m = staticmethod(m)",
        ("patch vllm.a.C.m (x)",),
    ),
    Row(
        "a function under a decorator that is not known",
        "import vllm.a\n@other\ndef f(x): ...\nvllm.a.f = f",
        ("patch vllm.a.f ?",),
    ),
    Row("a value", "import vllm.a\nvllm.a.X = 1", ("patch vllm.a.X ?",)),
    Row("a class", "import vllm.a\nclass D: ...\nvllm.a.C = D", ("patch vllm.a.C ?",)),
    Row("by setattr", "import vllm.a as a\ndef f(): ...\nsetattr(a, 'f', f)", ("patch vllm.a.f ()",)),
    Row("a module under another name", "import vllm.a as m\nm.f = 1", ("patch vllm.a.f ?",)),
    Row(
        "through the plugin's own name",
        "from .c import C\nC.m = 1\n#: acme/c.py\nfrom vllm.a import C",
        ("patch vllm.a.C.m ?",),
    ),
    Row(
        "a function of another module of the plugin",
        "import vllm.a\nfrom .b import f\nvllm.a.f = f\n#: acme/b.py\ndef f(q): ...",
        ("patch vllm.a.f (q)",),
    ),
    Row("added to", "import vllm.a\nvllm.a.X += 1", ("read vllm.a.X", "patch vllm.a.X ?")),
    Row(
        "where it is absent",
        "import vllm.a as a\nif not hasattr(a, 'f'):\n    a.f = 1",
        ("patch vllm.a.f ? optional if not has vllm.a.f",),
    ),
    Row(
        "on some releases",
        "import vllm\nimport vllm.a\nif vllm.__version__ == '0.9.0':\n    vllm.a.f = 1",
        ("patch vllm.a.f ? if ==0.9.0",),
    ),
    Row(
        "by mock.patch",
        "from unittest import mock\nwith mock.patch('vllm.a.f'):\n    pass",
        ("patch vllm.a.f ?",),
    ),
    Row(
        "by patch, with a replacement",
        "from unittest.mock import patch\ndef f(a): ...\npatch('vllm.a.f', f).start()",
        ("patch vllm.a.f (a)",),
    ),
    Row(
        "by patch where there may be none",
        "from unittest.mock import patch\n@patch('vllm.a.f', create=True)\ndef g(): ...",
        ("patch vllm.a.f ? optional",),
    ),
    Row(
        "by patch.object",
        "from unittest.mock import patch\nfrom vllm.a import C\npatch.object(C, 'm', lambda self: 1)",
        ("patch vllm.a.C.m (self)",),
    ),
    Row("by wrapt", "import wrapt\nwrapt.wrap_function_wrapper('vllm.a', 'C.m', w)", ("patch vllm.a.C.m ?",)),
    Row("an attribute of an object is no patch", "from vllm.a import C\ndef f(c: C):\n    c.x = 1", ()),
    Row("something of the plugin is no patch", "from . import b\nb.x = 1\n#: acme/b.py\nx = 0", ()),
    Row(
        "both ways of a branch",
        "import vllm\ntry:\n    from vllm.a import C\nexcept ImportError:\n    from vllm.b import C\nC.m = 1",
        (
            "patch vllm.a.C.m ? if has vllm.a.C",
            "patch vllm.b.C.m ? if not has vllm.a.C",
            "import vllm.a:C catching ImportError with fallback",
            "import vllm.b:C if not has vllm.a.C",
        ),
    ),
    # strings
    Row(
        "a model",
        "from vllm import ModelRegistry\nModelRegistry.register_model('A', 'acme.m:C')\n#: acme/m.py\nclass C: ...",
        (
            "call vllm.ModelRegistry.register_model (_, _)",
            "text acme.m.C model",
            "model A acme.m:C by name",
        ),
    ),
    Row(
        "a model in vllm",
        "from vllm import ModelRegistry\nModelRegistry.register_model('A', 'vllm.m:C')",
        ("call vllm.ModelRegistry.register_model (_, _)", "text vllm.m.C model", "model A ? by name"),
    ),
    Row(
        "a model's class",
        "from vllm import ModelRegistry\nclass C: ...\nModelRegistry.register_model('A', C)",
        ("call vllm.ModelRegistry.register_model (_, _)", "text acme.C model", "model A acme:C"),
    ),
    Row(
        "a model by keywords",
        "from vllm import ModelRegistry\nclass C: ...\nModelRegistry.register_model(model_arch='A', model_cls=C)",
        (
            "call vllm.ModelRegistry.register_model (model_arch=, model_cls=)",
            "text acme.C model",
            "model A acme:C",
        ),
    ),
    Row(
        "a model of a name that is not known",
        "from vllm import ModelRegistry\nclass C: ...\ndef f(a):\n    ModelRegistry.register_model(a, C)",
        ("call vllm.ModelRegistry.register_model (_, _)", "text acme.C model", "model ? acme:C"),
    ),
    Row(
        "a model's class that a function makes",
        "from vllm import ModelRegistry\ndef f():\n    class C: ...\n    ModelRegistry.register_model('A', C)",
        (
            "call vllm.ModelRegistry.register_model (_, _)",
            "text acme.f.<locals>.C model",
            "model A acme:f.<locals>.C",
        ),
    ),
    Row(
        "a model through a registry of the plugin's modules",
        "from .c import ModelRegistry\nModelRegistry.register_model('A', 'acme.m:C')\n#: acme/c.py\nfrom vllm.models import ModelRegistry\n#: acme/m.py\nclass C: ...",
        (
            "call vllm.models.ModelRegistry.register_model (_, _)",
            "text acme.m.C model",
            "model A acme.m:C by name",
        ),
    ),
    Row(
        "a model of another registry",
        "from vllm.other import REGISTRY\nREGISTRY.register_model('A', 'acme.m:C')\n#: acme/m.py\nclass C: ...",
        ("call vllm.other.REGISTRY.register_model (_, _)", "text acme.m.C model"),
    ),
    Row(
        "a name that its module does not bind",
        "def f(r):\n    r.register_model('A', 'acme.m:C')\n#: acme/m.py\nclass D: ...",
        ("text acme.m.C model absent",),
    ),
    Row(
        "names that their modules may bind",
        "def f(r):\n    for t in 'acme.a:C', 'acme.b:C', 'acme.c:C', 'acme.d:C', 'acme.e:C':\n        r.register_model('A', t)\n"
        "    r.load_class('acme.a:C', 'acme.b:C', 'acme.c:C', 'acme.d:C', 'acme.e:C')\n"
        "#: acme/a.py\nC = make()\n#: acme/b.py\nfrom torch import *\n#: acme/c.py\nfrom .a import *\n"
        "#: acme/d.py\ndef f():\n    global C\n    C = 1\n#: acme/e.py\ndef __getattr__(name): ...",
        tuple(f"text acme.{module}.C resolve" for module in "abcde"),
    ),
    Row(
        "a registry that came as an argument",
        "def f(registry):\n    registry.register_model('A', 'acme.m:C')",
        ("text acme.m.C model",),
    ),
    Row("a string of another package", "def f(registry):\n    registry.register_model('A', 'other.m:C')", ()),
    Row(
        "a qualname",
        "from vllm.utils import resolve_obj_by_qualname\nresolve_obj_by_qualname('vllm.a.C')",
        ("call vllm.utils.resolve_obj_by_qualname (_)", "text vllm.a.C resolve"),
    ),
    Row(
        "a module and then a name",
        "from vllm.f import Factory\nFactory.register_connector('X', 'acme.m', 'C')",
        ("call vllm.f.Factory.register_connector (_, _, _)", "text acme.m.C resolve"),
    ),
    Row("a worker", "def f(c):\n    c.worker_cls = 'acme.w.Worker'", ("text acme.w.Worker worker",)),
    Row(
        "either of two workers",
        "def f(c, x):\n    c.worker_cls = 'acme.w.A' if x else 'acme.w.B'",
        ("text acme.w.A worker", "text acme.w.B worker"),
    ),
    Row(
        "a backend that a platform returns",
        "class P:\n    @classmethod\n    def get_attn_backend_cls(cls):\n        return 'acme.b.Backend'",
        ("text acme.b.Backend attention",),
    ),
    Row(
        "a backend out of a table",
        "class P:\n    def get_attn_backend_cls(self, k):\n        return {1: 'acme.b.A', 2: 'acme.b.B'}[k]",
        ("text acme.b.A attention", "text acme.b.B attention"),
    ),
    Row(
        "a communicator",
        "class P:\n    def get_device_communicator_cls(self):\n        return 'acme.d.Comm'",
        ("text acme.d.Comm worker",),
    ),
    Row(
        "a class that another module of the plugin defines",
        "def f(c):\n    c.worker_cls = 'acme.w.Worker'\n#: acme/w.py\nfrom .x import Worker\n#: acme/x.py\nclass Worker: ...",
        ("text acme.x.Worker worker",),
    ),
    Row("a string that is no path", "def f(c):\n    c.worker_cls = 'auto'", ()),
    Row(
        "a logger's name",
        "from vllm.logger import init_logger\ninit_logger('vllm.acme')",
        ("call vllm.logger.init_logger (_)",),
    ),
)
