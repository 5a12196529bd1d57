"""PM203 and PM204: attribute chains."""

# ruff: noqa: E501, ISC004
# Sources stand in one piece, however long the line.

from .row import Row

ENVS = "#: vllm/envs.py\nUSE_V1 = True\nDEBUG = False\n"
NO_V1 = "#: vllm/envs.py\nDEBUG = False\n"
CONFIG = """
#: vllm/config.py
from dataclasses import dataclass
@dataclass
class ModelConfig:
    model: str = ""
    quant: str = ""
    @property
    def is_mla(self) -> bool: ...
    def layers(self) -> int: ...
@dataclass
class VllmConfig:
    model_config: ModelConfig
    cache: "list[ModelConfig]"
    draft: "ModelConfig | None" = None
def get_config() -> VllmConfig: ...
"""
NO_QUANT = CONFIG.replace('    quant: str = ""\n', "")
NO_MLA = CONFIG.replace("    @property\n    def is_mla(self) -> bool: ...\n", "")
NO_MODEL_CONFIG = CONFIG.replace("    model_config: ModelConfig\n", "")
QUANT = "vllm.config.ModelConfig.quant"


def typed(expression: str) -> str:
    return (
        "from vllm.config import ModelConfig, VllmConfig, get_config\n"
        "def register():\n    use(get_config())\n"
        f"def use(config: VllmConfig):\n    return {expression}\n"
    )


ROWS = (
    Row(
        "an attribute of a module that went",
        (ENVS, NO_V1),
        "from vllm import envs\ndef register(): return envs.USE_V1\n",
        ("PM203 error vllm.envs.USE_V1 0.11.0",),
    ),
    Row(
        "an attribute of a module through the package",
        (ENVS, NO_V1),
        "import vllm.envs\ndef register(): return vllm.envs.USE_V1\n",
        ("PM203 error vllm.envs.USE_V1 0.11.0",),
    ),
    Row(
        "an attribute of a module under another name",
        (ENVS, NO_V1),
        "import vllm.envs as e\ndef register(): return e.USE_V1\n",
        ("PM203 error vllm.envs.USE_V1 0.11.0",),
    ),
    Row(
        "an attribute that is there",
        (ENVS, ENVS),
        "from vllm import envs\ndef register(): return envs.USE_V1\n",
    ),
    Row(
        "an attribute that no release has is nobody's",
        (ENVS, ENVS),
        "from vllm import envs\ndef register(): return envs.ACME\n",
    ),
    Row(
        "an attribute that the plugin sets itself",
        (ENVS, NO_V1),
        "from vllm import envs\ndef register():\n    envs.USE_V1 = True\n    return envs.USE_V1\n",
        ("PM501 warning vllm.envs.USE_V1 0.11.0",),
    ),
    Row(
        "an attribute with a default",
        (ENVS, NO_V1),
        "from vllm import envs\ndef register(): return getattr(envs, 'USE_V1', True)\n",
    ),
    Row(
        "an attribute and an import of the same name are one cause",
        (ENVS, NO_V1),
        "import vllm.envs as e\ndef register():\n    from . import other\n    return e.USE_V1\n"
        "#: acme/other.py\nfrom vllm.envs import USE_V1\n",
        ("PM202 error vllm.envs.USE_V1 0.11.0",),
    ),
    Row(
        "a member of a class that went",
        (CONFIG, CONFIG.replace("    def layers(self) -> int: ...\n", "")),
        "from vllm.config import ModelConfig\ndef register(): return ModelConfig.layers\n",
        ("PM203 error vllm.config.ModelConfig.layers 0.11.0",),
    ),
    Row(
        "an enum member that went",
        (
            "#: vllm/enums.py\nimport enum\nclass Backend(enum.Enum):\n    A = 1\n    B = 2\n",
            "#: vllm/enums.py\nimport enum\nclass Backend(enum.Enum):\n    A = 1\n",
        ),
        "from vllm.enums import Backend\ndef register(): return Backend.B\n",
        ("PM203 error vllm.enums.Backend.B 0.11.0",),
    ),
    Row(
        "an enum member that no release has",
        ("#: vllm/enums.py\nimport enum\nclass Backend(enum.Enum):\n    A = 1\n",) * 2,
        "from vllm.enums import Backend\ndef register(): return Backend.B\n",
        ("PM203 error vllm.enums.Backend.B all",),
    ),
    Row(
        "an enum member that the plugin adds",
        ("#: vllm/enums.py\nimport enum\nclass Backend(enum.Enum):\n    A = 1\n",) * 2,
        "from aenum import extend_enum\nfrom vllm.enums import Backend\ndef register():\n    extend_enum(Backend, 'B', 2)\n    return Backend.B\n",
    ),
    Row(
        "an attribute of a class that serves any",
        (
            "#: vllm/enums.py\nclass Backend:\n    B = 2\n",
            "#: vllm/enums.py\nclass Meta(type):\n    def __getattr__(cls, name): ...\n"
            "class Backend(metaclass=Meta):\n    A = 1\n",
        ),
        "from vllm.enums import Backend\ndef register(): return Backend.B\n",
    ),
    Row("a field along a chain that is there", (CONFIG, CONFIG), typed("config.model_config.quant")),
    Row(
        "a field along a chain that went",
        (CONFIG, NO_QUANT),
        typed("config.model_config.quant"),
        (f"PM204 error {QUANT} 0.11.0",),
    ),
    Row(
        "a field along a chain that came",
        (NO_QUANT, CONFIG),
        typed("config.model_config.quant"),
        (f"PM204 error {QUANT} 0.10.0",),
    ),
    Row(
        "a property along a chain that went",
        (CONFIG, NO_MLA),
        typed("config.model_config.is_mla"),
        ("PM204 error vllm.config.ModelConfig.is_mla 0.11.0",),
    ),
    Row(
        "a method along a chain that went",
        (CONFIG, CONFIG.replace("    def layers(self) -> int: ...\n", "")),
        typed("config.model_config.layers()"),
        ("PM204 error vllm.config.ModelConfig.layers 0.11.0",),
    ),
    Row(
        "a chain is told where it breaks first",
        (CONFIG, NO_MODEL_CONFIG),
        typed("config.model_config.quant"),
        ("PM204 error vllm.config.VllmConfig.model_config 0.11.0",),
    ),
    Row(
        "a chain that breaks in two places breaks first on each release",
        (CONFIG, NO_QUANT, NO_MODEL_CONFIG),
        typed("config.model_config.quant"),
        (f"PM204 error {QUANT} 0.11.0", "PM204 error vllm.config.VllmConfig.model_config 0.12.0"),
    ),
    Row(
        "an element of a list",
        (CONFIG, NO_QUANT),
        typed("config.cache[0].quant"),
        (f"PM204 error {QUANT} 0.11.0",),
    ),
    Row(
        "an element of an iteration",
        (CONFIG, NO_QUANT),
        typed("[one.quant for one in config.cache]"),
        (f"PM204 warning {QUANT} 0.11.0",),
    ),
    Row(
        "an optional object",
        (CONFIG, NO_QUANT),
        typed("config.draft.quant"),
        (f"PM204 error {QUANT} 0.11.0",),
    ),
    Row(
        "the result of a function of vLLM",
        (CONFIG, NO_QUANT),
        "from vllm.config import get_config\ndef register(): return get_config().model_config.quant\n",
        (f"PM204 error {QUANT} 0.11.0",),
    ),
    Row(
        "an object that the plugin makes",
        (CONFIG, NO_QUANT),
        "from vllm.config import ModelConfig\ndef register():\n    made = ModelConfig()\n    return made.quant\n",
        (f"PM204 error {QUANT} 0.11.0",),
    ),
    Row(
        "an object without a type",
        (CONFIG, NO_QUANT),
        "def register(config=None): return config.model_config.quant\n",
    ),
    Row(
        "an attribute of an object that the plugin sets itself",
        (CONFIG, NO_QUANT),
        typed("config.model_config.quant").replace(
            "    return", "    config.model_config.quant = 1\n    return"
        ),
    ),
    Row(
        "an attribute asked for with hasattr first",
        (CONFIG, NO_QUANT),
        typed("config.model_config.quant if hasattr(config.model_config, 'quant') else None"),
    ),
    Row(
        "an attribute asked for with getattr",
        (CONFIG, NO_QUANT),
        typed("getattr(config.model_config, 'quant', None)"),
    ),
    Row(
        "an attribute that a base of another distribution may have",
        (
            "#: vllm/layer.py\nimport other\nclass Layer(other.Module):\n    x = 1\n",
            "#: vllm/layer.py\nimport other\nclass Layer(other.Module):\n    y = 1\n",
        ),
        "from vllm.layer import Layer\ndef register():\n    use(None)\ndef use(layer: Layer): return layer.x\n",
    ),
    Row(
        "an attribute that is set in a method of the class",
        (
            "#: vllm/layer.py\nclass Layer:\n    def __init__(self):\n        self.x = 1\n",
            "#: vllm/layer.py\nclass Layer:\n    def setup(self):\n        self.x = 1\n",
        ),
        "from vllm.layer import Layer\ndef register():\n    use(Layer())\ndef use(layer: Layer): return layer.x\n",
    ),
    Row(
        "an instance attribute that went",
        (
            "#: vllm/layer.py\nclass Layer:\n    def __init__(self):\n        self.x = 1\n",
            "#: vllm/layer.py\nclass Layer:\n    def __init__(self):\n        self.y = 1\n",
        ),
        "from vllm.layer import Layer\ndef register():\n    use(Layer())\ndef use(layer: Layer): return layer.x\n",
        ("PM204 error vllm.layer.Layer.x 0.11.0",),
    ),
    Row(
        "an attribute of a subclass that an object may be of",
        (
            "#: vllm/layer.py\nclass Layer:\n    x = 1\nclass Wide(Layer): ...\n",
            "#: vllm/layer.py\nclass Layer: ...\nclass Wide(Layer):\n    x = 1\n",
        ),
        "from vllm.layer import Layer\ndef register():\n    use(None)\ndef use(layer: Layer): return layer.x\n",
    ),
    Row(
        "a class whose definition moved keeps the place where it last had the attribute",
        (
            "#: vllm/config.py\nclass C:\n    x = 1\n",
            "#: vllm/config/__init__.py\nfrom vllm.config.model import C\n#: vllm/config/model.py\nclass C:\n    x = 1\n",
            "#: vllm/config/__init__.py\nfrom vllm.config.model import C\n#: vllm/config/model.py\nclass C: ...\n",
        ),
        "from vllm.config import C\ndef register():\n    use(C())\ndef use(c: C): return c.x\n",
        ("PM204 error vllm.config.model.C.x 0.12.0",),
    ),
)
