"""PM801 to PM811: models."""

from typing import Any

from plugin_matrix.model import Cause
from plugin_matrix.model.observation import Frame, Raised

from .row import Row, found
from .seen import (
    EXITED,
    GENERAL,
    HUNG,
    change,
    child,
    error,
    in_engine,
    in_plugin,
    killed,
    model,
    no_attribute,
    no_module,
    no_name,
)

ARCHITECTURE = "AcmeForCausalLM"
GENERATE = in_engine("generate", "vllm/entrypoints/llm.py")
BUILD = in_engine("initialize_model", "vllm/model_executor/model_loader/utils.py")
CONSTRUCT = in_engine("_construct_by_configs", "vllm/_reference/engine/construction.py")
STEP = in_engine("execute_model", "vllm/v1/worker/gpu_model_runner.py")
MODEL = "acme/model.py"


def _fails(raised: object, **fields: Any) -> tuple[object, ...]:
    return (model(generate_raised=raised, tokens=(), spawn_tokens=(), **fields),)


def _type_error(text: str, *frames: Frame) -> Raised:
    return error("TypeError", text, GENERATE, *frames)


def _in(function: str) -> Frame:
    return in_plugin(MODEL, function)


FAILED_INSPECTION = error(
    "ValueError", "Model architectures ['AcmeForCausalLM'] failed to be inspected.", GENERATE
)

_FAILURES = {
    "the constructor raises": ("PM803", error("ValueError", "x", GENERATE, BUILD, _in("__init__"))),
    "the constructor is not called with what it wants": (
        "PM803",
        _type_error("Acme.__init__() missing 1 required keyword-only argument: 'vllm_config'", BUILD),
    ),
    "the constructor is not called with what it wants on an old Python": (
        "PM803",
        _type_error("__init__() got an unexpected keyword argument 'prefix'", CONSTRUCT),
    ),
    "0.6.4 insists on keyword-only parameters": (
        "PM803",
        error("AssertionError", "vLLM model class must accept `vllm_config`", GENERATE, BUILD),
    ),
    "a layer built in the constructor raises in the engine": (
        "PM803",
        error("ValueError", "x", GENERATE, BUILD, _in("__init__"), in_engine("__init__", "vllm/layer.py")),
    ),
    "forward raises": ("PM804", error("ValueError", "x", GENERATE, STEP, _in("forward"))),
    "forward is not called with what it wants": (
        "PM804",
        _type_error("Acme.forward() missing 2 required positional arguments: 'kv_caches' and 'x'", STEP),
    ),
    "a layer called in forward raises in the engine": (
        "PM804",
        error("ValueError", "x", GENERATE, STEP, _in("forward"), in_engine("forward", "vllm/layer.py")),
    ),
    "forward behind a decorator raises": (
        "PM804",
        error("ValueError", "x", GENERATE, STEP, _in("wrapper"), _in("forward")),
    ),
    "compute_logits raises": ("PM805", error("ValueError", "x", GENERATE, STEP, _in("compute_logits"))),
    "compute_logits is not called with what it wants": (
        "PM805",
        _type_error("compute_logits() missing 1 required positional argument: 'sampling_metadata'", STEP),
    ),
    "the engine's logits processor raises in compute_logits": (
        "PM805",
        error(
            "ValueError", "x", GENERATE, STEP, _in("compute_logits"), in_engine("forward", "vllm/layer.py")
        ),
    ),
    "compute_logits returns nothing to sample from": (
        "PM806",
        error("TypeError", "argmax(): argument 'input' must be Tensor, not NoneType", GENERATE, STEP),
    ),
    "the model's own sample raises": ("PM806", error("ValueError", "x", GENERATE, STEP, _in("sample"))),
    "loading weights raises": ("PM806", error("KeyError", "'w'", GENERATE, _in("load_weights"))),
    "the engine raises over what the plugin made": ("PM806", error("RuntimeError", "shapes", GENERATE, STEP)),
    "a wrapper around the engine is not the model": (
        "PM804",
        error("ValueError", "x", in_plugin("acme/patch.py", "__init__"), GENERATE, STEP, _in("forward")),
    ),
}

ROWS = [
    Row("the model generates", (model(),)),
    Row("the model generates with another after it", (model(), model(architecture="OtherForCausalLM"))),
    Row(
        "a pooling model is not asked to generate",
        (model(text_generation=False, pooling=True, tokens=(), spawn_tokens=()),),
    ),
    *(
        Row(name, _fails(raised), expected=found((rule, ARCHITECTURE)))
        for name, (rule, raised) in _FAILURES.items()
    ),
    Row(
        "the class is not there",
        (model(inspect_raised=FAILED_INSPECTION, resolve_raised=no_attribute("acme.model", "Acme")),),
        expected=found(("PM801", ARCHITECTURE)),
    ),
    Row(
        "the model's module imports what vLLM has no longer",
        (model(inspect_raised=FAILED_INSPECTION, resolve_raised=no_name("vllm.worker.worker_base", "X")),),
        expected=found(("PM801", ARCHITECTURE)),
    ),
    Row(
        "the model's module imports what is not modelled",
        (
            model(
                inspect_raised=FAILED_INSPECTION,
                resolve_raised=no_module("vllm.attention.layer", _in("<module>")),
            ),
        ),
        release="0.12.0",
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "inspection alone fails, in a process of its own",
        (model(inspect_raised=error("RuntimeError", "Error raised in subprocess", GENERATE)),),
        expected=found(("PM801", ARCHITECTURE)),
    ),
    Row(
        "inspection in a process of its own lacks a dependency",
        (
            model(
                inspect_raised=error(
                    "RuntimeError", "Traceback:\nModuleNotFoundError: No module named 'flash_attn'", GENERATE
                )
            ),
        ),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "what cannot be inspected is not blamed for failing to generate",
        _fails(error("ValueError", "x", GENERATE), resolve_raised=no_attribute("acme.model", "Acme")),
        expected=found(("PM801", ARCHITECTURE)),
    ),
    *(
        Row(
            f"the check says no on {release}",
            (model(text_generation=False, tokens=(), spawn_tokens=()),),
            release=release,
            expected=found(("PM802", ARCHITECTURE)),
        )
        for release in ("0.6.4", "0.6.5", "0.8.4", "0.10.1", "0.33.0")
    ),
    *(
        Row(
            f"a model called {name} is a pooling model where its class is one on 0.7.0",
            (model(architecture=name, text_generation=False, pooling=True, tokens=(), spawn_tokens=()),),
            release="0.7.0",
        )
        for name in ("AcmeEmbeddingModel", "AcmeForCausalLM")
    ),
    *(
        Row(
            f"a model called {name} is of no kind where its class is of none on 0.7.0",
            (model(architecture=name, text_generation=False, tokens=(), spawn_tokens=()),),
            release="0.7.0",
            expected=found(("PM802", name)),
        )
        for name in ("AcmeEmbeddingModel", "AcmeForCausalLM")
    ),
    Row(
        "a model that a forked child has lost cannot generate in one",
        (
            child("fork", changes=(change("registry", ARCHITECTURE, "acme.model:Acme", None),)),
            *_fails(error("ValueError", "not supported", GENERATE)),
        ),
        expected=found(("PM613", GENERAL)),
    ),
    Row(
        "a model that fails in a method of its own is told beside another that a forked child has lost",
        (
            child("fork", changes=(change("registry", "OtherForCausalLM", "acme.model:Other", None),)),
            *_fails(error("ValueError", "not supported", GENERATE)),
        ),
        expected=found(("PM613", GENERAL), ("PM806", ARCHITECTURE)),
    ),
    Row(
        "what fails the check is not blamed for failing to generate",
        _fails(error("ValueError", "x", GENERATE), text_generation=False),
        expected=found(("PM802", ARCHITECTURE)),
    ),
    Row(
        "0.6.3 ignores what the check says, so that it takes a run to know",
        (model(text_generation=False, tokens=(), spawn_tokens=()),),
        release="0.6.3",
        cause=Cause.PROBE,
    ),
    Row("0.6.3 runs what its check does not know", (model(text_generation=False),), release="0.6.3"),
    Row("the model was not run", (model(tokens=(), spawn_tokens=()),), cause=Cause.PROBE),
    Row("releases before 0.6.3 check nothing", (model(text_generation=None, pooling=None),), release="0.6.2"),
    Row(
        "spawning gives other tokens",
        (model(spawn_tokens=(1, 1, 1, 1)),),
        expected=found(("PM807", ARCHITECTURE)),
    ),
    Row("nothing was generated in a spawned process", (model(spawn_tokens=()),)),
    Row(
        "only a spawned engine core fails",
        (model(spawn_raised=error(), spawn_tokens=()),),
        expected=found(("PM614", ARCHITECTURE)),
    ),
    Row(
        "a spawned engine core lacks what spawned children lack",
        (
            model(spawn_raised=error("ValueError", "architectures are not supported"), spawn_tokens=()),
            child("spawn", changes=(change("registry", ARCHITECTURE, "acme.model:Acme", None),)),
        ),
        expected=found(("PM614", GENERAL)),
    ),
    Row("the model ends the process", _fails(None, ended=EXITED), expected=found(("PM905", ARCHITECTURE))),
    Row(
        "the model calls sys.exit",
        _fails(error("SystemExit", "1"), ended=EXITED),
        expected=found(("PM905", ARCHITECTURE)),
    ),
    Row("the model crashes", _fails(None, ended=killed(11)), expected=found(("PM906", ARCHITECTURE))),
    Row("the model hangs", _fails(None, ended=HUNG), expected=found(("PM907", ARCHITECTURE))),
    Row(
        "the model runs out of memory",
        _fails(error("MemoryError", "")),
        expected=found(("PM908", ARCHITECTURE)),
    ),
    Row(
        "there is no torch",
        (model(torch=False, tokens=(), spawn_tokens=()),),
        has_torch=False,
        cause=Cause.TORCH,
    ),
    Row(
        "the model's module needs torch and there is none",
        (model(torch=False, resolve_raised=no_module("torch", _in("<module>"))),),
        has_torch=False,
        cause=Cause.TORCH,
    ),
    Row(
        "without torch a vLLM module that is gone is found all the same",
        (model(torch=False, resolve_raised=no_module("vllm.worker.worker_base", _in("<module>"))),),
        has_torch=False,
        expected=found(("PM801", ARCHITECTURE)),
    ),
    Row(
        "the model reads a field of a configuration that is not modelled",
        _fails(
            error(
                "AttributeError",
                "'ModelConfig' object has no attribute 'served_model_name'",
                GENERATE,
                BUILD,
                _in("__init__"),
            )
        ),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "the model reads a field that this release's configuration never had",
        _fails(
            error(
                "AttributeError",
                "'ModelConfig' object has no attribute 'x'",
                GENERATE,
                BUILD,
                _in("__init__"),
            )
        ),
        expected=found(("PM803", ARCHITECTURE)),
    ),
    Row(
        "a built-in is replaced",
        (model(overrides="vllm.model_executor.models.opt:OPTForCausalLM"),),
        expected=found(("PM811", ARCHITECTURE)),
    ),
    Row("it was registered with the same target before", (model(overrides="acme.model:Acme"),)),
    Row(
        "a built-in is replaced by what cannot generate",
        _fails(error("ValueError", "x", GENERATE, STEP, _in("forward")), overrides="vllm.models:Opt"),
        expected=found(("PM811", ARCHITECTURE), ("PM804", ARCHITECTURE)),
    ),
]
