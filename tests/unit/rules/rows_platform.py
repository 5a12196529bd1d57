"""PM701 to PM709: platforms."""

from typing import Any

from plugin_matrix.model import Cause, EntryPoint

from .row import Row, found
from .seen import (
    EXITED,
    GENERAL,
    HUNG,
    PLATFORM,
    REPORTED,
    absent_platform,
    call,
    child,
    error,
    filtered,
    in_engine,
    in_plugin,
    killed,
    load,
    no_attribute,
    no_module,
    platform,
    register,
)

SECOND = EntryPoint(PLATFORM.group, "acme_other", "acme.other:platform")
ONE, TWO = (PLATFORM,), (PLATFORM, SECOND)
CONFLICT = error(
    "RuntimeError",
    "Only one platform plugin can be activated, but got: ['acme_device', 'acme_other']",
    in_engine("resolve_current_platform_cls_qualname", "vllm/platforms/__init__.py"),
)
RESOLUTION = error(
    "ValueError", "not enough values to unpack", in_engine("__getattr__", "vllm/platforms/__init__.py")
)


def _value(text: str, **fields: Any) -> tuple[object, ...]:
    calls = (call(1, returned=repr(text)), call(2, returned=repr(text)))
    return (
        platform(
            calls=calls, value=text, resolved=None, is_platform=None, resolution_raised=RESOLUTION, **fields
        ),
    )


ROWS = [
    Row("the platform serves", points=ONE),
    Row("the device is not there", (absent_platform(),), points=ONE),
    Row(
        "no release before 0.7.0 reads platforms",
        (absent_platform(),),
        points=(*ONE, EntryPoint("vllm.general_plugins", "acme", "acme:register")),
        release="0.6.5",
        expected=found(("PM102", PLATFORM)),
    ),
    Row(
        "the function raises",
        (absent_platform(calls=(call(1, raised=error()),), returned_type=None),),
        points=ONE,
        expected=found(("PM701", PLATFORM)),
    ),
    Row(
        "the function exits",
        (
            absent_platform(
                calls=(call(1, raised=error("SystemExit", "1")),), returned_type=None, ended=EXITED
            ),
        ),
        points=ONE,
        expected=found(("PM905", PLATFORM)),
    ),
    Row(
        "the function ends the process",
        (absent_platform(calls=(), ended=EXITED),),
        points=ONE,
        expected=found(("PM905", PLATFORM)),
    ),
    Row(
        "the function crashes",
        (absent_platform(calls=(), ended=killed(11)),),
        points=ONE,
        expected=found(("PM906", PLATFORM)),
    ),
    Row(
        "the function hangs",
        (absent_platform(calls=(), ended=HUNG),),
        points=ONE,
        expected=found(("PM907", PLATFORM)),
    ),
    Row("it returns an empty string", _value(""), points=ONE, expected=found(("PM702", PLATFORM))),
    Row(
        "it returns a name without dots",
        _value("AcmePlatform"),
        points=ONE,
        expected=found(("PM702", PLATFORM)),
    ),
    Row(
        "it returns a name with a colon",
        _value("acme.device:AcmePlatform"),
        points=ONE,
        expected=found(("PM702", PLATFORM)),
    ),
    Row(
        "it returns a class",
        (
            platform(
                calls=(call(1, returned="<class 'acme.device.Acme'>"),) * 2,
                returned_type="type",
                value=None,
                resolved=None,
                is_platform=None,
                resolution_raised=RESOLUTION,
            ),
        ),
        points=ONE,
        expected=found(("PM702", PLATFORM)),
    ),
    Row(
        "it returns False for no",
        (
            platform(
                calls=(call(1, returned="False"),) * 2, returned_type="bool", value=None, is_platform=None
            ),
        ),
        points=ONE,
        expected=found(("PM702", PLATFORM)),
    ),
    Row(
        "every other call returns None",
        (platform(calls=(call(1, returned="'acme.device.Acme'"), call(2)), resolution_raised=RESOLUTION),),
        points=ONE,
        expected=found(("PM708", PLATFORM)),
    ),
    Row(
        "the second call raises",
        (platform(calls=(call(1, returned="'acme.device.Acme'"), call(2, raised=error()))),),
        points=ONE,
        expected=found(("PM708", PLATFORM)),
    ),
    Row(
        "the class's module is not there",
        _value("acme.missing.Acme", class_raised=no_module("acme.missing")),
        points=ONE,
        expected=found(("PM703", PLATFORM)),
    ),
    Row(
        "the class is not there",
        _value("acme.device.Missing", class_raised=no_attribute("acme.device", "Missing")),
        points=ONE,
        expected=found(("PM703", PLATFORM)),
    ),
    Row(
        "the class's module imports what vLLM has no longer",
        _value("acme.device.Acme", class_raised=no_module("vllm.worker.worker_base", in_plugin())),
        points=ONE,
        expected=found(("PM703", PLATFORM)),
    ),
    Row(
        "the class's module imports what is not modelled",
        _value("acme.device.Acme", class_raised=no_module("vllm.worker.worker_base", in_plugin())),
        points=ONE,
        release="0.10.0",
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "the class cannot be made into the current platform",
        (platform(resolved=None, is_platform=None, resolution_raised=error("TypeError", "abstract")),),
        points=ONE,
        expected=found(("PM703", PLATFORM)),
    ),
    Row(
        "the class derives from nothing",
        (platform(is_platform=False),),
        points=ONE,
        expected=found(("PM704", PLATFORM)),
    ),
    Row(
        "a class that derives from nothing fails wherever it is used",
        (platform(is_platform=False), filtered("unset", None, named=(PLATFORM.id,), raised=error())),
        points=ONE,
        release="0.9.2",
        expected=found(("PM704", PLATFORM)),
    ),
    Row(
        "a class that derives from nothing keeps the loader of 0.7.0 from reaching a general plugin",
        (
            platform(is_platform=False),
            register(calls=(), loader_raised=error(), ended=REPORTED),
            filtered("unset", None, named=(PLATFORM.id, GENERAL.id), raised=error()),
            child("fork", raised=error()),
            child("spawn", raised=error()),
        ),
        points=(PLATFORM, GENERAL),
        release="0.7.0",
        expected=found(("PM704", PLATFORM)),
    ),
    Row(
        "a class that derives from nothing is not asked for its members",
        (platform(is_platform=False, attn_backend_raised=error(), not_implemented=("set_device",)),),
        points=ONE,
        expected=found(("PM704", PLATFORM)),
    ),
    Row(
        "two platforms are active",
        (load(SECOND), platform(resolution_raised=CONFLICT), platform(SECOND, resolution_raised=CONFLICT)),
        points=TWO,
        expected=found(("PM705", f"{PLATFORM.id} {SECOND.id}")),
    ),
    Row(
        "a companion's platform is active too",
        (platform(resolution_raised=CONFLICT),),
        points=ONE,
        expected=found(("PM705", PLATFORM)),
    ),
    Row("of two platforms one is active", (load(SECOND), platform(), absent_platform(SECOND)), points=TWO),
    Row(
        "a conflict is not told again by the filter",
        (
            load(SECOND),
            platform(resolution_raised=CONFLICT),
            platform(SECOND, resolution_raised=CONFLICT),
            filtered(
                "named", "x", named=(PLATFORM.id, SECOND.id), called=(PLATFORM.id, SECOND.id), raised=CONFLICT
            ),
        ),
        points=TWO,
        expected=found(("PM705", f"{PLATFORM.id} {SECOND.id}")),
    ),
    Row(
        "get_attn_backend_cls has another signature",
        (
            platform(
                attn_backend_raised=error("TypeError", "get_attn_backend_cls() takes 7 positional arguments")
            ),
        ),
        points=ONE,
        expected=found(("PM707", PLATFORM)),
    ),
    Row(
        "the attention backend is imported in an order that goes in a circle",
        (
            platform(
                attn_backend_raised=error(
                    "ImportError", "cannot import name 'X' from partially initialized module 'acme.ops'"
                )
            ),
        ),
        points=(PLATFORM,),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "get_attn_backend_cls needs torch, and there is none",
        (platform(attn_backend_raised=no_module("torch", in_plugin())),),
        points=ONE,
        has_torch=False,
        cause=Cause.TORCH,
    ),
    Row(
        "a member the engine calls is the base's refusal",
        (platform(not_implemented=("set_device", "manual_seed_all")),),
        points=ONE,
        expected=found(("PM709", PLATFORM)),
    ),
    Row(
        "a member that the reference engine does not model proves nothing",
        (platform(not_implemented=("set_device",), not_modelled=("Platform.set_device",)),),
        points=ONE,
    ),
    Row(
        "the module of the function does not load",
        (load(PLATFORM, raised=error()),),
        points=ONE,
        expected=found(("PM601", PLATFORM)),
    ),
]
