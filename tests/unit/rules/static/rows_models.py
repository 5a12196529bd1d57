"""Models: classes given to vLLM's registry, held against what each release asks of a model.

What that is comes from the interface history, so the releases are real ones: 0.10.0 passes `compute_logits`
two arguments and later ones pass one; 0.12.0 takes `get_input_embeddings` for `embed_input_ids`, 0.13.0 not.
"""

# ruff: noqa: E501
# Sources stand in one piece, however long the line.

from .row import Row

REGISTRY = (
    "class ModelRegistry:\n    @staticmethod\n    def register_model(model_arch, model_cls): ...\n"
    "    @staticmethod\n    def get_supported_archs(): ...\n"
)
ENGINES = (REGISTRY,) * 4
OPT = (
    "#: vllm/models/opt.py\nfrom torch import nn\nclass OPTForCausalLM(nn.Module):\n"
    "    def __init__(self, *, vllm_config, prefix=''): ...\n    def forward(self, input_ids, positions, intermediate_tensors=None, inputs_embeds=None): ...\n"
)
OPTS = (
    *(
        REGISTRY
        + OPT
        + "    def get_input_embeddings(self, input_ids): ...\n    def compute_logits(self, hidden_states, sampling_metadata): ...\n",
    ),
    *(
        (
            REGISTRY
            + OPT
            + "    def get_input_embeddings(self, input_ids): ...\n    def compute_logits(self, hidden_states): ...\n",
        )
        * 2
    ),
    REGISTRY
    + OPT
    + "    def embed_input_ids(self, input_ids): ...\n    def compute_logits(self, hidden_states): ...\n",
)
INIT = "    def __init__(self, *, vllm_config, prefix=''): ...\n"
EMBED = "    def embed_input_ids(self, input_ids): ...\n"
OLD_EMBED = "    def get_input_embeddings(self, input_ids): ...\n"
FORWARD = "    def forward(self, input_ids, positions, intermediate_tensors=None, inputs_embeds=None): ...\n"
LOGITS = "    def compute_logits(self, hidden_states, sampling_metadata=None): ...\n"
NAMED = "'Mine', 'acme.model:Mine'"
SINCE_11 = "0.11.0, 0.12.0, 0.13.0"


def registered(model: str, arguments: str = NAMED) -> str:
    """Return a plugin that registers what `model` says of the class in `acme.model`."""
    return f"from vllm import ModelRegistry\ndef register():\n    ModelRegistry.register_model({arguments})\n#: acme/model.py\nfrom torch import nn\n{model}"


def module(*methods: str) -> str:
    return "class Mine(nn.Module):\n" + "".join(methods)


ROWS = (
    Row("a model that every release takes", ENGINES, registered(module(INIT, EMBED, FORWARD, LOGITS))),
    Row(
        "a model that has the old name of its embedding",
        ENGINES,
        registered(module(INIT, OLD_EMBED, FORWARD, LOGITS)),
        ("PM802 error Mine 0.13.0",),
    ),
    Row(
        "a model without an embedding",
        ENGINES,
        registered(module(INIT, FORWARD, LOGITS)),
        ("PM802 error Mine 0.12.0, 0.13.0",),
    ),
    Row(
        "an embedding that an ancestor of the plugin has",
        ENGINES,
        registered("class Base(nn.Module):\n" + EMBED + "class Mine(Base):\n" + INIT + FORWARD + LOGITS),
    ),
    Row(
        "an embedding under another name of the body",
        ENGINES,
        registered(module(INIT, OLD_EMBED, "    embed_input_ids = get_input_embeddings\n", FORWARD, LOGITS)),
    ),
    Row(
        "a model of vLLM's",
        OPTS,
        registered("from vllm.models.opt import OPTForCausalLM\nclass Mine(OPTForCausalLM): ...\n"),
    ),
    Row(
        "an override of vLLM's that no longer takes the call is told once",
        OPTS,
        registered(
            "from vllm.models.opt import OPTForCausalLM\nclass Mine(OPTForCausalLM):\n    def compute_logits(self, hidden_states, sampling_metadata): ...\n"
        ),
        (f"PM403 warning vllm.models.opt.OPTForCausalLM.compute_logits {SINCE_11}",),
    ),
    Row(
        "a base that is not known may have what is asked for",
        ENGINES,
        registered("from other import Base\nclass Mine(Base):\n" + INIT + FORWARD + LOGITS),
    ),
    Row(
        "a class whose members come into being at run time",
        ENGINES,
        registered("from other import embeds\n@embeds\n" + module(INIT, FORWARD, LOGITS)),
    ),
    Row(
        "a class that is no model at all",
        ENGINES,
        registered(module("    def f(self): ...\n")),
        ("PM802 warning Mine all",),
    ),
    Row(
        "a model without logits may be adapted for pooling",
        ENGINES,
        registered(module(INIT, EMBED, FORWARD)),
        ("PM802 warning Mine all",),
    ),
    Row(
        "a pooling model needs no logits",
        ENGINES,
        registered(module("    is_pooling_model = True\n", INIT, EMBED, FORWARD)),
    ),
    Row(
        "a pooling model by its pooler",
        ENGINES,
        registered(
            module(
                "    def __init__(self, *, vllm_config, prefix=''):\n        self.pooler = 1\n",
                EMBED,
                FORWARD,
            )
        ),
    ),
    Row(
        "a pooling model without an embedding may serve all the same",
        ENGINES,
        registered(module("    is_pooling_model = True\n", INIT, FORWARD)),
        ("PM802 warning Mine 0.12.0, 0.13.0",),
    ),
    Row(
        "an architecture that vLLM takes for pooling by its name",
        ENGINES,
        registered(module(INIT, FORWARD, LOGITS), "'MineForSequenceClassification', 'acme.model:Mine'"),
        ("PM802 warning MineForSequenceClassification 0.12.0, 0.13.0",),
    ),
    Row(
        "a draft model, which nothing checks",
        ENGINES,
        registered(module(INIT, "    def forward(self, input_ids, positions, hidden_states): ...\n", LOGITS)),
    ),
    Row(
        "a draft model by the name of its architecture",
        ENGINES,
        registered(
            module(INIT, "    def forward(self, input_ids, positions): ...\n"),
            "'MineDraftModel', 'acme.model:Mine'",
        ),
    ),
    Row(
        "logits that demand the sampling metadata",
        ENGINES,
        registered(
            module(
                INIT, EMBED, FORWARD, "    def compute_logits(self, hidden_states, sampling_metadata): ...\n"
            )
        ),
        (f"PM805 error Mine {SINCE_11}",),
    ),
    Row(
        "logits that do not take the sampling metadata",
        ENGINES,
        registered(module(INIT, EMBED, FORWARD, "    def compute_logits(self, hidden_states): ...\n")),
        ("PM805 error Mine 0.10.0",),
    ),
    Row(
        "logits that take anything",
        ENGINES,
        registered(module(INIT, EMBED, FORWARD, "    def compute_logits(self, *args, **kwargs): ...\n")),
    ),
    Row(
        "logits behind a decorator that is not known",
        ENGINES,
        registered(
            "from other import traced\n"
            + module(INIT, EMBED, FORWARD, "    @traced\n    def compute_logits(self, hidden_states): ...\n")
        ),
    ),
    Row(
        "a forward that demands the caches",
        ENGINES,
        registered(
            module(
                INIT,
                EMBED,
                "    def forward(self, input_ids, positions, kv_caches, attn_metadata): ...\n",
                LOGITS,
            )
        ),
        ("PM804 error Mine all",),
    ),
    Row(
        "a forward without embeddings, which V0 does not pass",
        ENGINES,
        registered(
            module(
                INIT,
                EMBED,
                "    def forward(self, input_ids, positions, intermediate_tensors=None): ...\n",
                LOGITS,
            )
        ),
        (f"PM804 error Mine {SINCE_11}", "PM804 warning Mine 0.10.0"),
    ),
    Row(
        "a forward under other names",
        ENGINES,
        registered(
            module(
                INIT,
                EMBED,
                "    def forward(self, tokens, positions, intermediate_tensors=None, inputs_embeds=None): ...\n",
                LOGITS,
            )
        ),
        ("PM802 error Mine all",),
    ),
    Row(
        "a forward that takes any keyword",
        ENGINES,
        registered(module(INIT, EMBED, "    def forward(self, **kwargs): ...\n", LOGITS)),
    ),
    Row(
        "a forward that demands what nobody passes is meant for another caller",
        ENGINES,
        registered(
            module(INIT, EMBED, "    def forward(self, input_ids, positions, encoder_outputs): ...\n", LOGITS)
        ),
    ),
    Row(
        "a constructor from before 0.6.4",
        ENGINES,
        registered(
            module(
                "    def __init__(self, config, cache_config=None, quant_config=None): ...\n",
                EMBED,
                FORWARD,
                LOGITS,
            )
        ),
        ("PM802 error Mine all",),
    ),
    Row(
        "a constructor without the prefix",
        ENGINES,
        registered(module("    def __init__(self, vllm_config): ...\n", EMBED, FORWARD, LOGITS)),
        ("PM803 error Mine all",),
    ),
    Row(
        "a constructor that names nothing is given nothing",
        ENGINES,
        registered(module("    def __init__(self, **kwargs): ...\n", EMBED, FORWARD, LOGITS)),
        ("PM803 error Mine all",),
    ),
    Row(
        "a constructor that demands more",
        ENGINES,
        registered(
            module("    def __init__(self, vllm_config, prefix, extra): ...\n", EMBED, FORWARD, LOGITS)
        ),
        ("PM803 error Mine all",),
    ),
    Row(
        "a constructor that a decorator of vLLM's replaces",
        tuple(engine + "#: vllm/compilation.py\ndef support_torch_compile(cls): ...\n" for engine in ENGINES),
        registered(
            "from vllm.compilation import support_torch_compile\n@support_torch_compile\n"
            + module("    def __init__(self, **kwargs): ...\n", EMBED, FORWARD, LOGITS)
        ),
    ),
    Row(
        "an override of vLLM's constructor",
        OPTS,
        registered(
            "from vllm.models.opt import OPTForCausalLM\nclass Mine(OPTForCausalLM):\n    def __init__(self, vllm_config): ...\n"
        ),
        ("PM803 error Mine all",),
    ),
    Row(
        "a model registered as a class",
        ENGINES,
        "from torch import nn\nfrom vllm import ModelRegistry\n"
        + module(INIT, FORWARD, LOGITS)
        + "def register():\n    ModelRegistry.register_model('Mine', Mine)\n",
        ("PM802 error Mine 0.12.0, 0.13.0",),
    ),
    Row(
        "a class that is none of torch's modules",
        ENGINES,
        "from vllm import ModelRegistry\nclass Mine:\n"
        + INIT
        + EMBED
        + FORWARD
        + LOGITS
        + "def register():\n    ModelRegistry.register_model('Mine', Mine)\n",
        ("PM801 error Mine all",),
    ),
    Row(
        "such a class registered where its refusal is handled",
        ENGINES,
        "from vllm import ModelRegistry\nclass Mine:\n"
        + INIT
        + EMBED
        + FORWARD
        + LOGITS
        + "def register():\n    try:\n        ModelRegistry.register_model('Mine', Mine)\n    except TypeError:\n        pass\n",
    ),
    Row(
        "a class that a function makes",
        ENGINES,
        "from torch import nn\nfrom vllm import ModelRegistry\ndef register():\n    class Mine(nn.Module):\n        def forward(self, input_ids, positions, intermediate_tensors=None, inputs_embeds=None): ...\n"
        "        def compute_logits(self, *args): ...\n    ModelRegistry.register_model('Mine', Mine)\n",
        ("PM802 error Mine 0.12.0, 0.13.0",),
    ),
    Row(
        "a string without a colon",
        ENGINES,
        registered(module(INIT, EMBED, FORWARD, LOGITS), "'Mine', 'acme.model.Mine'"),
        ("PM801 error Mine all",),
    ),
    Row(
        "a string without a colon whose refusal is handled",
        ENGINES,
        "from vllm import ModelRegistry\ndef register():\n    try:\n        ModelRegistry.register_model('Mine', 'acme.model.Mine')\n    except ValueError:\n        pass\n#: acme/model.py\nfrom torch import nn\n"
        + module(INIT, EMBED, FORWARD, LOGITS),
    ),
    Row(
        "a string that names a class which its module does not have",
        ENGINES,
        registered(module(INIT, EMBED, FORWARD, LOGITS), "'Mine', 'acme.model:Yours'"),
        ("PM205 error acme.model.Yours all",),
    ),
    Row(
        "a string that names what a module may come to have",
        ENGINES,
        registered(
            "globals().update({})\n" + module(INIT, EMBED, FORWARD, LOGITS), "'Mine', 'acme.model:Yours'"
        ),
    ),
    Row(
        "a string that names what a module takes from elsewhere",
        ENGINES,
        registered("from other import *\n", "'Mine', 'acme.model:Yours'"),
    ),
    Row(
        "a string that names what a module is given from elsewhere",
        ENGINES,
        registered("from other import Yours\n", "'Mine', 'acme.model:Yours'"),
    ),
    Row(
        "an architecture that is put together at run time is doubtful",
        ENGINES,
        registered(module(INIT, FORWARD, LOGITS), "f'{1 + 1}', 'acme.model:Mine'"),
        ("PM802 warning acme.model.Mine 0.12.0, 0.13.0",),
    ),
    Row(
        "another registry's model",
        tuple(
            engine
            + "#: vllm/other.py\nclass Registry:\n    def register_model(self, a, b): ...\nREGISTRY = Registry()\n"
            for engine in ENGINES
        ),
        "from vllm.other import REGISTRY\nfrom torch import nn\n"
        + module(INIT, FORWARD, LOGITS)
        + "def register():\n    REGISTRY.register_model('Mine', Mine)\n",
    ),
    Row(
        "a registry taken through a module of the plugin's",
        ENGINES,
        "from .compat import ModelRegistry\ndef register():\n    ModelRegistry.register_model('Mine', 'acme.model:Mine')\n#: acme/compat.py\nfrom vllm import ModelRegistry\n#: acme/model.py\nfrom torch import nn\n"
        + module(INIT, FORWARD, LOGITS),
        ("PM802 error Mine 0.12.0, 0.13.0",),
    ),
    Row(
        "a platform, whose own runner may call its models otherwise",
        ENGINES,
        "from vllm import ModelRegistry\ndef register():\n    ModelRegistry.register_model('Mine', 'acme.model:Mine')\n#: acme/model.py\nfrom torch import nn\n"
        + module(INIT, EMBED, FORWARD, "    def compute_logits(self, hidden_states): ...\n"),
        ("PM805 warning Mine 0.10.0",),
        point="platform",
    ),
    Row(
        "a model that is registered unless it is there already",
        ENGINES,
        "from vllm import ModelRegistry\ndef register():\n    if 'Mine' not in ModelRegistry.get_supported_archs():\n        ModelRegistry.register_model('Mine', 'acme.model:Mine')\n#: acme/model.py\nfrom torch import nn\n"
        + module(INIT, FORWARD, LOGITS),
        ("PM802 error Mine 0.12.0, 0.13.0",),
    ),
)
