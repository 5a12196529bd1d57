"""PM101 to PM104, PM611 and PM615: what can be told from metadata and names."""

from plugin_matrix.model import EntryPoint

from .row import Row, found
from .seen import (
    GENERAL,
    LOGITS,
    PLATFORM,
    STATS,
    absent_platform,
    component,
    load,
    platform,
    plugin,
    register,
    seen_point,
)

TYPO = EntryPoint("vllm.general_plugin", "acme", "acme:register")
COMMA = EntryPoint(GENERAL.group, "acme,more", "acme:register")
SPACE = EntryPoint(GENERAL.group, "acme more", "acme:register")
LOGITS_COMMA = EntryPoint(LOGITS.group, "a,b", "acme.logits:Acme")
RESOLVER = EntryPoint(GENERAL.group, "lora_filesystem_resolver", "acme:register")
CUDA = EntryPoint(PLATFORM.group, "cuda", "acme.device:platform")
NEURON = EntryPoint(PLATFORM.group, "neuron", "acme.device:platform")
OPENVINO = EntryPoint(PLATFORM.group, "openvino", "acme.device:platform")

RIVAL = seen_point(GENERAL, "rival", "rival:register")
OWN_RESOLVER = seen_point(RESOLVER, "vllm", "vllm.plugins.lora_resolvers.filesystem_resolver:register")


def _requires(*lines: str) -> Row:
    return Row(" and ".join(lines), plugin=plugin(GENERAL, requires_dist=lines))


def _named(point: EntryPoint) -> tuple[object, ...]:
    return (load(point), register(point))


def _component(point: EntryPoint) -> tuple[object, ...]:
    return (load(point), component(point))


CONTRADICTIONS = [
    ("vllm>=0.9,<0.8",),
    ("vllm>=0.9", "vllm<0.8"),
    ("vllm==0.9.*,!=0.9.*",),
    ("vllm>0.9.0,<0.9.0.post1.dev0",),
    ("vllm>=0.9; python_version >= '3.8'", "vllm<0.8"),
    ("vLLM<0.8,>=0.8",),
    ("vllm~=0.9.1,<0.9",),
]
CONSISTENT = [
    (),
    ("vllm",),
    ("vllm>=0.9,<0.12",),
    ("vllm>=99",),
    ("vllm>0.9.0,<0.9.1",),
    ("vllm==0.9.*,!=0.9.0",),
    ("vllm>=0.9,<0.8; extra == 'odd'",),
    ("vllm>=0.9", "vllm<0.8; python_version < '3.10'"),
    ("vllm @ https://example.com/vllm.whl",),
    ("vllm===0.9.0+local",),
    ("vllm-other>=2,<1",),
    ("this is no requirement",),
    ("vllm~=0.9.1",),
]

ROWS = [
    Row("no fault at all"),
    Row(
        "an entry point stands in a group that nothing reads",
        points=(GENERAL, TYPO),
        expected=found(("PM101", TYPO)),
    ),
    Row(
        "the only entry point stands in a group that nothing reads",
        points=(TYPO,),
        expected=found(("PM101", TYPO)),
    ),
    Row(
        "the only entry point stands in an unknown group on the first release with plugins",
        points=(TYPO,),
        release="0.5.5",
        expected=found(("PM101", TYPO)),
    ),
    Row("a group comes later", points=(GENERAL, STATS), release="0.11.0", expected=found(("PM102", STATS))),
    Row("a group has just come", points=(GENERAL, STATS), release="0.11.1"),
    Row(
        "a group that is not read yet fails to load, which nobody sees",
        (load(STATS, raised=None, accelerator_initialised=True),),
        points=(GENERAL, STATS),
        release="0.10.0",
        expected=found(("PM102", STATS)),
    ),
    Row("a name holds a comma", _named(COMMA), points=(COMMA,), expected=found(("PM104", COMMA))),
    Row("a name holds a space", _named(SPACE), points=(SPACE,), expected=found(("PM104", SPACE))),
    Row("a name that is not filtered holds a comma", _component(LOGITS_COMMA), points=(LOGITS_COMMA,)),
    *(
        Row(f"contradiction: {row.name}", plugin=row.plugin, expected=found(("PM103", "acme")))
        for row in (_requires(*lines) for lines in CONTRADICTIONS)
    ),
    *(
        Row(f"consistent: {row.name}", plugin=row.plugin)
        for row in (_requires(*lines) for lines in CONSISTENT)
    ),
    Row(
        "another distribution has the name", observed={"beside": (RIVAL,)}, expected=found(("PM611", GENERAL))
    ),
    Row(
        "another distribution has the name and the value",
        observed={"beside": (seen_point(GENERAL, "fork-of-acme"),)},
        expected=found(("PM611", GENERAL)),
    ),
    Row("both were called before 0.7.0", release="0.6.6.post1", observed={"beside": (RIVAL,)}),
    Row(
        "the last has won since 0.7.0",
        release="0.7.0",
        observed={"beside": (RIVAL,)},
        expected=found(("PM611", GENERAL)),
    ),
    Row(
        "the name is another's in another group",
        observed={"beside": (seen_point(EntryPoint(PLATFORM.group, "acme", "x:y"), "rival"),)},
    ),
    Row(
        "logits processors of one name are both used",
        points=(LOGITS,),
        observed={"beside": (seen_point(LOGITS, "rival", "rival:Rival"),)},
    ),
    Row(
        "the name is that of a plugin of vLLM's",
        _named(RESOLVER),
        points=(RESOLVER,),
        observed={"beside": (OWN_RESOLVER,)},
        expected=found(("PM615", RESOLVER)),
    ),
    Row("vLLM had no such plugin then", _named(RESOLVER), points=(RESOLVER,), release="0.8.4"),
    Row(
        "a platform called like a built-in returns None",
        (load(CUDA), absent_platform(CUDA)),
        points=(CUDA,),
        expected=found(("PM706", CUDA)),
    ),
    Row(
        "resolution fails on the None that is taken for the built-in",
        (load(CUDA), absent_platform(CUDA, resolved=None)),
        points=(CUDA,),
        expected=found(("PM706", CUDA)),
    ),
    Row(
        "a platform called like a built-in is active",
        (load(CUDA), platform(CUDA)),
        points=(CUDA,),
        expected=found(("PM615", CUDA)),
    ),
    Row(
        "neuron has not been built in since 0.10.2", (load(NEURON), absent_platform(NEURON)), points=(NEURON,)
    ),
    Row(
        "neuron was built in at 0.10.1",
        (load(NEURON), absent_platform(NEURON)),
        points=(NEURON,),
        release="0.10.1",
        expected=found(("PM706", NEURON)),
    ),
    Row(
        "openvino was built in at 0.7.0",
        (load(OPENVINO), absent_platform(OPENVINO)),
        points=(OPENVINO,),
        release="0.7.0",
        expected=found(("PM706", OPENVINO)),
    ),
    Row(
        "openvino has left", (load(OPENVINO), absent_platform(OPENVINO)), points=(OPENVINO,), release="0.8.4"
    ),
]
