"""What fails on vLLM itself: its own files were there, its compiled part and other platforms were not."""

from plugin_matrix.model import Cause, EngineKind
from plugin_matrix.model.observation import Frame

from .row import Row, found
from .seen import GENERAL, call, error, in_engine, in_plugin, load, model, no_module, no_name, register

REAL = EngineKind.RELEASE
IN_MODULE = in_plugin(function="<module>")
KERNEL = in_engine("rms_norm", "vllm/_custom_ops.py")


def _calls(message: str, *frames: Frame, kind: str = "AttributeError") -> tuple[object, ...]:
    return (register(calls=(call(1, raised=error(kind, message, *frames)),)),)


ROWS = [
    Row(
        "a module that is in no file of the release",
        (load(raised=no_module("vllm.worker.worker_base", IN_MODULE)),),
        kind=REAL,
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "a module that the history knows and the release's own files lack",
        (load(raised=no_module("vllm.v1.core.sched.scheduler", IN_MODULE)),),
        kind=REAL,
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "the compiled part",
        (load(raised=no_module("vllm._C", IN_MODULE)),),
        kind=REAL,
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "an operation of the compiled part",
        _calls("'_OpNamespace' '_C' object has no attribute 'rms_norm'", in_plugin(), KERNEL),
        kind=REAL,
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a name that the release binds on another platform",
        (load(raised=no_name("vllm.model_executor.models.registry", "ModelRegistry")),),
        kind=REAL,
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "in a checkout that name may have been taken out",
        (load(raised=no_name("vllm.model_executor.models.registry", "ModelRegistry")),),
        kind=EngineKind.CHECKOUT,
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "a parameter of a class that the data does not tell about is surely not there",
        _calls("ModelConfig.__init__() got an unexpected keyword argument 'nonsense'", kind="TypeError"),
        kind=REAL,
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "a model that is no model",
        (model(generates=False, text_generation=False, tokens=(), spawn_tokens=()),),
        kind=REAL,
        expected=found(("PM802", "AcmeForCausalLM")),
    ),
    Row(
        "a model that loads, on an engine that cannot generate",
        (model(generates=False, tokens=(), spawn_tokens=()),),
        kind=REAL,
    ),
    Row(
        "a model on an engine that can generate and did not",
        (model(tokens=(), spawn_tokens=()),),
        kind=EngineKind.CPU_BUILD,
        cause=Cause.PROBE,
    ),
]
