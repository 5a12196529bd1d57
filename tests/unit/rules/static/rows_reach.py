"""Reach: how certainly the failing source is run, from the entry points on."""

# ruff: noqa: E501
# Sources stand in one piece, however long the line.

from .row import Row

HERE = "#: vllm/utils.py\ndef cdiv(a, b): ...\n"
GONE = "#: vllm/utils.py\n"
ENGINES = (HERE, GONE)
BASE = "#: vllm/base.py\nclass Base:\n    def m(self): ...\n"
BASES = (HERE + BASE, GONE + BASE)
USE = "from vllm.utils import cdiv\n"
FOUND = ("PM202 error vllm.utils.cdiv 0.11.0",)
DOUBTED = ("PM202 warning vllm.utils.cdiv 0.11.0",)
VERSION = "import vllm\nfrom packaging.version import Version\n"
OLD = "Version(vllm.__version__) < Version('0.11.0')"

ROWS = (
    Row("the entry point's module", ENGINES, USE + "def register(): ...\n", FOUND),
    Row("the entry point's function", ENGINES, "def register():\n    " + USE, FOUND),
    Row(
        "a package above the entry point's module",
        ENGINES,
        f"{USE}#: acme/plugin.py\ndef register(): ...\n",
        FOUND,
        target="acme.plugin:register",
    ),
    Row(
        "a module imported by the entry point's",
        ENGINES,
        f"from . import other\ndef register(): ...\n#: acme/other.py\n{USE}",
        FOUND,
    ),
    Row(
        "a module imported by the entry point's function",
        ENGINES,
        f"def register():\n    from . import other\n#: acme/other.py\n{USE}",
        FOUND,
    ),
    Row(
        "what comes after a test whether it was done before",
        ENGINES,
        f"done = False\ndef register():\n    global done\n    if done:\n        return\n    done = True\n    {USE}",
        FOUND,
    ),
    Row(
        "what is done where it was not done before",
        ENGINES,
        f"done = False\ndef register():\n    global done\n    if not done:\n        done = True\n        {USE}",
        FOUND,
    ),
    Row(
        "what is made where it was not made before",
        ENGINES,
        f"made = None\ndef register():\n    global made\n    if made is None:\n        made = 1\n        {USE}",
        FOUND,
    ),
    Row(
        "what is done where it was done before",
        ENGINES,
        f"done = False\ndef register():\n    global done\n    if done:\n        {USE}    done = True\n",
        DOUBTED,
    ),
    Row(
        "what is done once something is switched on",
        ENGINES,
        f"on = False\ndef switch():\n    global on\n    on = True\ndef register():\n    if not on:\n        return\n    {USE}",
        DOUBTED,
    ),
    Row(
        "what comes after a test for the plugin's own mark",
        BASES,
        f"from vllm.base import Base\ndef register():\n    if getattr(Base, '_acme', False):\n        return\n    Base._acme = True\n    {USE}",
        FOUND,
    ),
    Row(
        "what comes after a test for a mark of somebody else's",
        BASES,
        f"from vllm.base import Base\ndef register():\n    if getattr(Base, '_acme', False):\n        return\n    {USE}",
        DOUBTED,
    ),
    Row(
        "a processor whose name the entry point returns",
        ENGINES,
        f"def register(): return 'acme.io.Processor'\n#: acme/io.py\n{USE}class Processor: ...\n",
        FOUND,
        point="io",
    ),
    Row(
        "a package without entry points is imported",
        ENGINES,
        f"from . import other\n#: acme/other.py\n{USE}",
        FOUND,
        point="",
    ),
    Row(
        "a module that no entry point and no package imports",
        ENGINES,
        f"#: acme/other.py\n{USE}",
        DOUBTED,
        point="",
    ),
    Row("a module imported by nobody", ENGINES, f"def register(): ...\n#: acme/other.py\n{USE}", DOUBTED),
    Row("a function called by nobody", ENGINES, f"def register(): ...\ndef other():\n    {USE}", DOUBTED),
    Row(
        "a function called by the entry point",
        ENGINES,
        f"def register(): other()\ndef other():\n    {USE}",
        FOUND,
    ),
    Row(
        "a function two calls away",
        ENGINES,
        f"def register(): one()\ndef one(): two()\ndef two():\n    {USE}",
        FOUND,
    ),
    Row(
        "functions that only call each other",
        ENGINES,
        f"def register(): ...\ndef one(): two()\ndef two():\n    {USE}    one()\n",
        DOUBTED,
    ),
    Row(
        "modules that import only each other",
        ENGINES,
        f"def register(): ...\n#: acme/a.py\nfrom . import b\n#: acme/b.py\nfrom . import a\n{USE}",
        DOUBTED,
    ),
    Row(
        "a function called under a version",
        ENGINES,
        f"{VERSION}def register():\n    if {OLD}:\n        other()\ndef other():\n    {USE}",
    ),
    Row(
        "a module imported under a version",
        ENGINES,
        f"{VERSION}def register():\n    if {OLD}:\n        from . import other\n#: acme/other.py\n{USE}",
    ),
    Row(
        "a function in a module imported under a version",
        ENGINES,
        f"{VERSION}def register():\n    if {OLD}:\n        from . import other\n#: acme/other.py\ndef f():\n    {USE}",
    ),
    Row(
        "a module imported under an unknown condition",
        ENGINES,
        f"import os\ndef register():\n    if os.environ.get('X'):\n        from . import other\n#: acme/other.py\n{USE}",
        DOUBTED,
    ),
    Row(
        "a module imported in a try with a handler",
        ENGINES,
        f"def register():\n    try:\n        from . import other\n    except ImportError:\n        other = None\n#: acme/other.py\n{USE}",
    ),
    Row(
        "a function in a module whose failure is handled",
        ENGINES,
        f"def register():\n    try:\n        from . import other\n    except ImportError:\n        other = None\n#: acme/other.py\n{USE}def f():\n    from vllm.utils import cdiv as again\n",
    ),
    Row(
        "a module imported in a try that swallows everything",
        ENGINES,
        f"def register():\n    try:\n        from . import other\n    except Exception:\n        print('no')\n#: acme/other.py\n{USE}",
        DOUBTED,
    ),
    Row(
        "a call in a try that swallows everything",
        ENGINES,
        f"def register():\n    try:\n        other()\n    except Exception:\n        print('no')\ndef other():\n    {USE}",
        DOUBTED,
    ),
    Row(
        "a function reached with and without a handler",
        ENGINES,
        f"def register():\n    try:\n        other()\n    except ImportError:\n        pass\n    other()\ndef other():\n    {USE}",
        FOUND,
    ),
    Row(
        "a re-exported entry point",
        ENGINES,
        f"from .plugin import register\n#: acme/plugin.py\ndef register():\n    {USE}",
        FOUND,
    ),
    Row(
        "a nested function",
        ENGINES,
        f"def register():\n    def inner():\n        {USE}    return inner\n",
        DOUBTED,
    ),
    Row(
        "a nested function that is called",
        ENGINES,
        f"def register():\n    def inner():\n        {USE}    inner()\n",
        FOUND,
    ),
    Row(
        "the module of a platform class",
        ENGINES,
        f"def register(): return 'acme.platform.Acme'\n#: acme/platform.py\n{USE}class Acme: ...\n",
        FOUND,
        "platform",
    ),
    Row(
        "the module of a platform class under a version",
        ENGINES,
        f"{VERSION}def register():\n    if {OLD}:\n        return 'acme.platform.Acme'\n    return None\n#: acme/platform.py\n{USE}class Acme: ...\n",
        (),
        "platform",
    ),
    Row(
        "an override of a platform class",
        BASES,
        f"def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n    def m(self):\n        {USE}",
        FOUND,
        "platform",
    ),
    Row(
        "a method of a platform class that overrides nothing",
        BASES,
        f"def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n    def own(self):\n        {USE}",
        DOUBTED,
        "platform",
    ),
    Row(
        "a method that an override calls",
        BASES,
        f"def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n    def m(self): self.own()\n    def own(self):\n        {USE}",
        FOUND,
        "platform",
    ),
    Row(
        "an override in a class that is nowhere handed over",
        BASES,
        f"from vllm.base import Base\nclass Mine(Base):\n    def m(self):\n        {USE}def register(): ...\n",
        DOUBTED,
    ),
    Row(
        "a class-valued entry point",
        BASES,
        f"from vllm.base import Base\nclass Mine(Base):\n    def m(self):\n        {USE}",
        FOUND,
        "logits",
        "acme:Mine",
    ),
    Row(
        "the constructor of a class-valued entry point",
        BASES,
        f"from vllm.base import Base\nclass Mine(Base):\n    def __init__(self):\n        {USE}",
        FOUND,
        "logits",
        "acme:Mine",
    ),
    Row(
        "a model registered by name",
        tuple(
            text
            + "#: vllm/__init__.py\nclass ModelRegistry:\n    @staticmethod\n    def register_model(name, cls): ...\n"
            for text in BASES
        ),
        f"from vllm import ModelRegistry\ndef register():\n    ModelRegistry.register_model('Mine', 'acme.model:Mine')\n#: acme/model.py\n{USE}from other import Model\nclass Mine(Model): ...\n",
        FOUND,
    ),
    Row(
        "a model named in a module that the plugin does not ship",
        (
            "#: vllm/__init__.py\nclass ModelRegistry:\n    @staticmethod\n    def register_model(name, cls): ...\n",
        )
        * 2,
        "from vllm import ModelRegistry\ndef register():\n    ModelRegistry.register_model('Mine', 'acme.nowhere:Mine')\n",
        ("PM205 error acme.nowhere.Mine all",),
    ),
    Row(
        "one cause in a certain and in an uncertain place is one error",
        ENGINES,
        f"{USE}def register(): ...\n#: acme/other.py\n{USE}",
        FOUND,
    ),
    Row(
        "certain on one release, uncertain on another",
        (HERE, GONE, GONE),
        f"{VERSION}def register():\n    if Version(vllm.__version__) < Version('0.12.0'):\n        from vllm.utils import cdiv\n"
        "#: acme/other.py\nfrom vllm.utils import cdiv\n",
        ("PM202 error vllm.utils.cdiv 0.11.0", "PM202 warning vllm.utils.cdiv 0.12.0"),
    ),
    Row(
        "a compiled part of the plugin says nothing",
        ENGINES,
        "def register(): ...\n",
    ),
    Row(
        "a platform whose hardware is asked for",
        BASES,
        f"def register():\n    from acme import hardware\n    if hardware.present():\n        return 'acme.platform.Acme'\n    return None\n"
        f"#: acme/hardware.py\ndef present(): return bool(open('/dev/acme'))\n#: acme/platform.py\n{USE}class Acme: ...\n",
        FOUND,
        "platform",
    ),
    Row(
        "an entry point that the module serves lazily",
        ENGINES,
        f"def __getattr__(name):\n    if name == 'register':\n        return _register\n    raise AttributeError(name)\n"
        f"def _register():\n    {USE}",
        FOUND,
    ),
    Row(
        "a platform class named by a re-exported entry point",
        ENGINES,
        f"from .plugin import register\n#: acme/plugin.py\ndef register(): return 'acme.platform.Acme'\n#: acme/platform.py\n{USE}class Acme: ...\n",
        FOUND,
        "platform",
    ),
    Row(
        "the worker that a platform chooses by default",
        BASES,
        "def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n"
        "    def m(self, config):\n        if config.worker_cls == 'auto':\n            config.worker_cls = 'acme.worker.Worker'\n"
        f"#: acme/worker.py\n{USE}class Worker: ...\n",
        FOUND,
        "platform",
    ),
    Row(
        "the worker that a platform chooses by default, once there is a model",
        BASES,
        "def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n"
        "    def m(self, config):\n        if config.model_config is None:\n            return\n"
        "        if config.worker_cls == 'auto':\n            config.worker_cls = 'acme.worker.Worker'\n"
        f"#: acme/worker.py\n{USE}class Worker: ...\n",
        FOUND,
        "platform",
    ),
    Row(
        "the worker that a platform chooses by default and under another condition",
        BASES,
        "def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n"
        "    def m(self, config):\n        if config.worker_cls == 'auto':\n            if config.small:\n"
        "                config.worker_cls = 'acme.worker.Worker'\n"
        f"#: acme/worker.py\n{USE}class Worker: ...\n",
        DOUBTED,
        "platform",
    ),
    Row(
        "a model under a name put together from the module's",
        (*(engine + "#: vllm/models.py\ndef register_model(name, target): ...\n" for engine in ENGINES),),
        "from vllm import models\nTARGET = f'{__name__}.model:Acme'\ndef register(): models.register_model('Acme', TARGET)\n"
        f"#: acme/model.py\n{USE}class Acme: ...\n",
        FOUND,
    ),
    Row(
        "a model handed over as a class",
        (*(engine + "#: vllm/models.py\ndef register_model(name, target): ...\n" for engine in ENGINES),),
        "from vllm import models\nclass Acme:\n"
        f"    def __init__(self):\n        {USE}"
        "def register(): models.register_model('Acme', Acme)\n",
        FOUND,
    ),
    Row(
        "the worker that a platform chooses under another condition",
        BASES,
        "def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n"
        "    def m(self, config):\n        if config.speculative:\n            config.worker_cls = 'acme.worker.Worker'\n"
        f"#: acme/worker.py\n{USE}class Worker: ...\n",
        DOUBTED,
        "platform",
    ),
    # what runs when Python starts, and what waits for an import
    Row(
        "a module that a path file imports",
        ENGINES,
        f"#: acme/other.py\n{USE}#: acme.pth\n./elsewhere\nimport acme.other\n",
        FOUND,
        point="",
    ),
    Row(
        "a module that a path file imports when the plugin is switched on",
        ENGINES,
        f"#: acme/other.py\n{USE}#: acme.pth\nimport os, importlib; importlib.import_module('acme.other') if os.getenv('ACME') else None\n",
        FOUND,
        point="",
    ),
    Row(
        "a function that a path file calls",
        ENGINES,
        f"#: acme/other.py\ndef start():\n    {USE}#: acme.pth\nimport acme.other; acme.other.start()\n",
        FOUND,
        point="",
    ),
    Row(
        "a path file that names a directory alone",
        ENGINES,
        f"#: acme/other.py\n{USE}#: acme.pth\nacme/other\n# import acme.other\n",
        DOUBTED,
        point="",
    ),
    Row("a path file that is no Python", ENGINES, f"{USE}#: acme.pth\nimport weights (\n", FOUND, point=""),
    Row("a module that customizes Python", ENGINES, f"#: sitecustomize.py\n{USE}", FOUND, point=""),
    Row(
        "what waits for vLLM to be imported",
        ENGINES,
        f"from wrapt.importer import when_imported\n@when_imported('vllm')\ndef patch(vllm):\n    {USE}",
        FOUND,
        point="",
    ),
    Row(
        "what waits for a module that only some releases have",
        (HERE + "#: vllm/old.py\n", GONE),
        f"import wrapt\n@wrapt.when_imported('vllm.old')\ndef patch(old):\n    {USE}",
        ("PM205 warning vllm.old 0.11.0",),
        point="",
    ),
    Row(
        "a hook that is registered by a call",
        ENGINES,
        f"import wrapt\ndef patch(vllm):\n    {USE}wrapt.register_post_import_hook(patch, 'vllm')\n",
        FOUND,
        point="",
    ),
    Row(
        "what waits for another package",
        ENGINES,
        f"import wrapt\n@wrapt.when_imported('other')\ndef patch(other):\n    {USE}",
        DOUBTED,
        point="",
    ),
)
