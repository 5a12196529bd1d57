"""What cannot be decided, and why that is not the plugin's trouble."""

from typing import Any

from plugin_matrix.model import Cause, EntryPoint
from plugin_matrix.model.observation import (
    Child,
    Ended,
    Frame,
    Load,
    PlatformSeen,
    Raised,
    Register,
    StandInUse,
)
from plugin_matrix.rules import DecodeProblem
from plugin_matrix.sandbox.protocol import End

from .row import Row, found
from .seen import (
    GENERAL,
    HUNG,
    PLATFORM,
    call,
    change,
    error,
    execution,
    in_engine,
    in_plugin,
    killed,
    load,
    model,
    no_attribute,
    no_module,
    no_name,
    platform,
    plugin,
    register,
    seen_point,
)

IN_MODULE = in_plugin(function="<module>")
ELSEWHERE = EntryPoint(GENERAL.group, "acme", "acme_core.plugin:register")
IN_ANOTHER = Frame(file="transformers/auto.py", line=3, function="register", origin="other")
PROBE_FAILED = Ended(how="exit", code=70)
IMPORTED = (StandInUse(kind="import", path="absent"), StandInUse(kind="attribute", path="absent.x"))
ANSWERS = (*IMPORTED, StandInUse(kind="value", path="absent.x"))
NO_RESULT = DecodeProblem("The probe left no result.")


def _imports(raised: object, **fields: Any) -> tuple[object, ...]:
    return (load(raised=raised, **fields),)


def _calls(raised: Raised | None, **fields: Any) -> tuple[object, ...]:
    return (register(calls=(call(1, raised=raised),), **fields),)


ROWS = [
    Row(
        "a vLLM module of that release is not modelled",
        _imports(no_module("vllm.worker.worker_base", IN_MODULE)),
        release="0.10.0",
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a name of a vLLM module that the data does not list",
        _imports(no_name("vllm.v1.core.sched.scheduler", "Scheduler")),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a vLLM submodule imported as a name",
        _imports(no_name("vllm.v1.core.sched", "scheduler")),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "an attribute of a vLLM module that the data does not list",
        _calls(no_attribute("vllm.v1.core.sched.scheduler", "Scheduler", in_plugin())),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a method of an engine's class that is not modelled",
        _calls(
            error(
                "AttributeError", "type object 'LogitsProcessor' has no attribute '_get_logits'", in_plugin()
            )
        ),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a member of an engine's class that this release lacks as well",
        _calls(error("AttributeError", "type object 'Platform' has no attribute 'supports_v1'", in_plugin())),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "a member that the engine asks of a plugin's class",
        _calls(
            error(
                "AttributeError",
                "type object 'LogitsProcessor' has no attribute '_get_logits'",
                in_plugin(),
                in_engine("__call__"),
            )
        ),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "an attribute of an engine's object, told by torch",
        _calls(
            error(
                "AttributeError",
                "'LogitsProcessor' object has no attribute 'use_all_gather'",
                in_plugin(),
                Frame(file="torch/nn/modules/module.py", line=1, function="__getattr__", origin="other"),
            )
        ),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a parameter of an engine's constructor that is not modelled",
        _calls(
            error(
                "TypeError",
                "LogitsProcessor.__init__() got an unexpected keyword argument 'scale'",
                in_plugin(),
            )
        ),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a parameter that this release's constructor does not take",
        _calls(
            error(
                "TypeError",
                "NewRequestData.__init__() got an unexpected keyword argument 'prompt'",
                in_plugin(),
            )
        ),
        expected=found(("PM604", GENERAL)),
    ),
    Row("a compiled module of vLLM's", _imports(no_module("vllm._C", IN_MODULE)), cause=Cause.NOT_MODELLED),
    Row(
        "a module that vLLM's build copies in",
        _imports(no_module("vllm.vllm_flash_attn.layers", IN_MODULE)),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a fallback to a module that is gone, after one that is not modelled",
        _imports(
            no_module(
                "vllm.worker.worker_base",
                IN_MODULE,
                cause="ModuleNotFoundError: No module named 'vllm.v1.worker.worker_base'",
            )
        ),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "an error after an import that was not modelled",
        _calls(
            error("TypeError", "'NoneType' object is not callable"),
            not_modelled=("vllm.v1.worker.gpu_worker",),
        ),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a member that the reference engine refuses",
        _calls(
            error(
                "NotImplementedError", "the reference engine does not model Platform.x", in_engine("_refuse")
            )
        ),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "an optional import that is not modelled does no harm",
        (load(not_modelled=("vllm.v1.worker.gpu_worker",)),),
    ),
    Row("a dependency is absent", _imports(no_module("flash_attn", IN_MODULE)), cause=Cause.DEPENDENCY),
    Row(
        "an installed dependency lacks a name",
        _imports(no_name("transformers", "Something")),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "a submodule of torch is absent though torch is there",
        _imports(no_module("torch.npu", IN_MODULE)),
        cause=Cause.DEPENDENCY,
    ),
    Row("torch is absent", _imports(no_module("torch", IN_MODULE)), has_torch=False, cause=Cause.TORCH),
    Row(
        "a dependency's absence is told by another error",
        _calls(
            error(
                "RuntimeError",
                "install flash_attn",
                cause="ModuleNotFoundError: No module named 'flash_attn'",
            )
        ),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "a dependency that was guarded and is used all the same",
        _calls(
            error("AttributeError", "'NoneType' object has no attribute 'f'"), missing_modules=("flash_attn",)
        ),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "a guarded dependency and an error that has nothing to do with it",
        _calls(error("ValueError", "x"), missing_modules=("flash_attn",)),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "a shared library is absent",
        _imports(
            error(
                "ImportError",
                "libcudart.so.12: cannot open shared object file",
                IN_MODULE,
                missing_module="acme._C",
            )
        ),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "the entry point's module is another distribution's",
        (load(ELSEWHERE, raised=no_module("acme_core")),),
        plugin=plugin(ELSEWHERE, requires_dist=("acme-core>=1",)),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "the entry point's module is compiled for another Python",
        (load(raised=no_attribute("acme", "register")),),
        plugin=plugin(GENERAL, wheel_tags=("cp312-cp312-manylinux_2_34_x86_64",)),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "an error after the plugin took an answer of a stand-in",
        _calls(error("ValueError", "bad version"), stand_ins=ANSWERS),
        cause=Cause.STAND_IN,
    ),
    Row(
        "a hang after the plugin took an answer of a stand-in",
        (register(ended=HUNG, stand_ins=ANSWERS),),
        cause=Cause.STAND_IN,
    ),
    Row(
        "an error that a stand-in raises",
        _calls(error("AttributeError", "the stand-in for absent.x has no attribute '__wrapped__'")),
        cause=Cause.STAND_IN,
    ),
    Row(
        "an error where a stand-in was only imported",
        _calls(error("ValueError", "x"), stand_ins=IMPORTED),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "a module that vLLM lacks on this release, after an answer of a stand-in",
        _imports(no_module("vllm.gone", IN_MODULE), stand_ins=ANSWERS),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "a call that does not bind, after an answer of a stand-in",
        _calls(error("TypeError", "f() missing 1 required positional argument: 'x'"), stand_ins=ANSWERS),
        expected=found(("PM604", GENERAL)),
    ),
    Row("the probe itself fails in a scenario", (register(ended=PROBE_FAILED),), cause=Cause.PROBE),
    Row(
        "vLLM itself fails in another's code where the probe uses it",
        (platform(ended=PROBE_FAILED, escaped=error("ValueError", "taken", in_engine("f"), IN_ANOTHER)),),
        points=(PLATFORM,),
        cause=Cause.DEPENDENCY,
    ),
    Row(
        "vLLM itself fails in its own code where the probe uses it",
        (platform(ended=PROBE_FAILED, escaped=error("ValueError", "taken", in_engine("f"))),),
        points=(PLATFORM,),
        cause=Cause.PROBE,
    ),
    Row(
        "the plugin's code fails where the probe uses it",
        (platform(ended=PROBE_FAILED, escaped=error("ValueError", "taken", in_engine("f"), in_plugin())),),
        points=(PLATFORM,),
        cause=Cause.PROBE,
    ),
    Row(
        "vLLM itself fails for want of a module where the probe uses it",
        (platform(ended=PROBE_FAILED, escaped=no_module("absent", in_engine("f"))),),
        points=(PLATFORM,),
        cause=Cause.DEPENDENCY,
    ),
    Row("the probe tells nothing about loading", observed={"without": (Load, Register)}, cause=Cause.PROBE),
    Row("the probe tells nothing about calling", observed={"without": (Register,)}, cause=Cause.PROBE),
    Row("the probe makes no children", observed={"without": (Child,)}, cause=Cause.PROBE),
    Row(
        "the probe tells nothing about a platform",
        points=(PLATFORM,),
        observed={"without": (PlatformSeen,)},
        cause=Cause.PROBE,
    ),
    Row(
        "the probe ran out of time before the children",
        observed={"without": (Child,)},
        execution=execution(seconds=150.0),
        cause=Cause.TIMEOUT,
    ),
    Row("the environment does not show the entry point", observed={"entry_points": ()}, cause=Cause.PROBE),
    Row(
        "the environment shows it under another spelling of the distribution",
        plugin=plugin(GENERAL, name="Ac.Me"),
        observed={"entry_points": (seen_point(GENERAL, "ac-me"),)},
    ),
    Row(
        "vLLM cannot be imported",
        observed={"engine_raised": error(), "scenarios": ()},
        cause=Cause.ENVIRONMENT,
    ),
    Row("another vLLM is installed", observed={"engine_version": "0.9.0"}, cause=Cause.ENVIRONMENT),
    Row("a source checkout names no version", observed={"engine_version": "dev"}),
    Row(
        "the run was interrupted",
        seen=NO_RESULT,
        execution=execution(End.INTERRUPTED),
        cause=Cause.INTERRUPTED,
    ),
    Row(
        "the run was interrupted half-way",
        observed={"without": (Register, Child)},
        execution=execution(End.INTERRUPTED),
        cause=Cause.INTERRUPTED,
    ),
    Row(
        "time ran out and nothing is known",
        seen=NO_RESULT,
        execution=execution(End.WALL_TIME),
        cause=Cause.TIMEOUT,
    ),
    Row(
        "time ran out because the plugin hangs",
        (load(ended=HUNG),),
        execution=execution(End.WALL_TIME),
        expected=found(("PM907", GENERAL)),
    ),
    Row(
        "a process killed when time ran out is no crash",
        (load(ended=killed(9)),),
        execution=execution(End.WALL_TIME),
        cause=Cause.TIMEOUT,
    ),
    Row("the probe ends without a result", seen=NO_RESULT, execution=execution(code=1), cause=Cause.PROBE),
    Row("the probe ends badly behind its result", execution=execution(code=1), cause=Cause.PROBE),
    Row("the probe crashes", seen=NO_RESULT, execution=execution(End.SIGNALLED, 11), cause=Cause.PROBE),
    Row("the result is no observation", seen=DecodeProblem("garbage"), cause=Cause.PROBE),
    Row("there is no result at all", seen=None, cause=Cause.PROBE),
    Row(
        "a finding outweighs a doubt",
        (register(calls=(call(1, raised=error()),)), model(torch=False, tokens=(), spawn_tokens=())),
        has_torch=False,
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "a doubt outweighs a warning and keeps it",
        (
            register(calls=(call(1), call(2, change("handlers")))),
            model(torch=False, tokens=(), spawn_tokens=()),
        ),
        has_torch=False,
        expected=found(("PM607", GENERAL)),
        cause=Cause.TORCH,
    ),
    Row(
        "what is not modelled outweighs torch",
        (
            model(torch=False, tokens=(), spawn_tokens=()),
            model(architecture="Other", resolve_raised=no_module("vllm.v1.worker.gpu_worker", IN_MODULE)),
        ),
        has_torch=False,
        cause=Cause.NOT_MODELLED,
    ),
]
