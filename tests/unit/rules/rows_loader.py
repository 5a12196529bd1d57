"""PM601 to PM610: loading, calling and filtering."""

from typing import Any, Literal

from plugin_matrix.model import EntryPoint
from plugin_matrix.model.observation import ObjectSeen

from .row import Row, found
from .seen import (
    EXITED,
    GENERAL,
    HUNG,
    IO,
    LOGITS,
    PLATFORM,
    STATS,
    call,
    change,
    child,
    concurrent,
    error,
    event,
    filtered,
    in_engine,
    in_plugin,
    killed,
    load,
    no_attribute,
    no_module,
    no_name,
    platform,
    register,
)

IN_MODULE = in_plugin(function="<module>")
SECOND = EntryPoint(GENERAL.group, "second", "acme.second:register")
ELSEWHERE = EntryPoint(GENERAL.group, "acme", "acme.deep.plugin:Acme.register")


def _loads(**fields: Any) -> tuple[object, ...]:
    return (load(**fields),)


def _calls(*calls: object, **fields: Any) -> tuple[object, ...]:
    return (register(calls=calls, **fields),)


def _is(kind: Literal["class", "function", "module", "other"], *, callable_: bool) -> ObjectSeen:
    return ObjectSeen(kind=kind, callable=callable_, qualname="acme.register")


RAISES_EVERYWHERE = (
    register(loader_raised=error(), calls=(call(1, raised=error()),)),
    concurrent(raised=(error(),)),
    child("fork", raised=error()),
    child("spawn", raised=error()),
    filtered("named", "acme", named=(GENERAL.id,), called=(GENERAL.id,), raised=error()),
)

LOAD = [
    Row("the module raises", _loads(raised=error()), expected=found(("PM601", GENERAL))),
    Row(
        "the module has a syntax error",
        _loads(raised=error("SyntaxError", "invalid syntax")),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "the module raises an error of its own",
        _loads(raised=error("acme.Oops")),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "the module raises what no except Exception catches",
        _loads(raised=error("acme.Surprise")),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "it imports a vLLM module that is gone",
        _loads(raised=no_module("vllm.worker.worker_base", IN_MODULE)),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "it imports a vLLM module that never was",
        _loads(raised=no_module("vllm.no_such_thing", IN_MODULE)),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "it imports a module of a later Python",
        _loads(raised=no_module("annotationlib", IN_MODULE)),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "its own module lacks another of its own",
        _loads(raised=no_module("acme.native", IN_MODULE)),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "its own module lacks a name of its own",
        _loads(raised=no_name("acme.other", "thing")),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "it asks for a vLLM it is not given",
        _loads(raised=error("ImportError", "needs vllm 2")),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "an own absent module is absent whatever else is not modelled",
        _loads(raised=no_module("acme.native", IN_MODULE), not_modelled=("vllm.worker",)),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "the top module is not shipped", _loads(raised=no_module("acme")), expected=found(("PM602", GENERAL))
    ),
    Row(
        "a parent of the module is not shipped",
        (load(ELSEWHERE, raised=no_module("acme.deep")),),
        points=(ELSEWHERE,),
        expected=found(("PM602", ELSEWHERE)),
    ),
    Row(
        "the parent loads and the module is not shipped",
        (load(ELSEWHERE, raised=no_module("acme.deep.plugin")),),
        points=(ELSEWHERE,),
        expected=found(("PM602", ELSEWHERE)),
    ),
    Row(
        "the module lacks the function",
        _loads(raised=no_attribute("acme", "register")),
        expected=found(("PM602", GENERAL)),
    ),
    Row(
        "the class lacks the method",
        (
            load(
                ELSEWHERE,
                raised=error(
                    "AttributeError",
                    "type object 'Acme' has no attribute 'register'",
                    in_engine("load", "importlib/metadata.py"),
                    missing_name="register",
                ),
            ),
        ),
        points=(ELSEWHERE,),
        expected=found(("PM602", ELSEWHERE)),
    ),
    Row(
        "a lazy module says itself that it lacks the function",
        _loads(raised=no_attribute("acme", "register", in_plugin(function="__getattr__"))),
        expected=found(("PM602", GENERAL)),
    ),
    Row(
        "the module itself trips over an attribute of that name",
        _loads(raised=no_attribute("acme", "register", IN_MODULE)),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "the value is a module",
        _loads(object=_is("module", callable_=False)),
        expected=found(("PM603", GENERAL)),
    ),
    Row(
        "the value is a dictionary",
        _loads(object=_is("other", callable_=False)),
        expected=found(("PM603", GENERAL)),
    ),
    Row("the value is a class", _loads(object=_is("class", callable_=True))),
    Row("the value is an instance that can be called", _loads(object=_is("other", callable_=True))),
    Row(
        "a module as value keeps the loader from calling it",
        (
            load(object=_is("module", callable_=False)),
            register(
                loader_raised=error("TypeError", "'module' object is not callable", in_engine("x")), calls=()
            ),
            child("fork", raised=error("TypeError", "'module' object is not callable")),
        ),
        expected=found(("PM603", GENERAL)),
    ),
    Row(
        "the value of a platform cannot be called",
        (load(PLATFORM, object=_is("module", callable_=False)),),
        points=(PLATFORM,),
        expected=found(("PM603", PLATFORM)),
    ),
    Row(
        "the value of an IO processor cannot be called",
        (load(IO, object=_is("other", callable_=False)),),
        points=(IO,),
        expected=found(("PM603", IO)),
    ),
    Row(
        "a failing import of a logits processor is fatal",
        (load(LOGITS, raised=error()),),
        points=(LOGITS,),
        expected=found(("PM821", LOGITS)),
    ),
    Row(
        "the class of a logits processor is missing",
        (load(LOGITS, raised=no_attribute("acme.logits", "Acme")),),
        points=(LOGITS,),
        expected=found(("PM602", LOGITS)),
    ),
    Row(
        "a failing import of a stat logger",
        (load(STATS, raised=error()),),
        points=(STATS,),
        expected=found(("PM601", STATS)),
    ),
    Row(
        "what does not load is not blamed for what follows",
        (load(raised=error()), *RAISES_EVERYWHERE),
        expected=found(("PM601", GENERAL)),
    ),
    Row(
        "sys.exit at import",
        _loads(raised=error("SystemExit", "1"), ended=EXITED),
        expected=found(("PM905", GENERAL)),
    ),
    Row(
        "sys.exit at import that was seen through",
        _loads(raised=error("SystemExit", "1")),
        expected=found(("PM905", GENERAL)),
    ),
    Row("os._exit at import", _loads(ended=EXITED), expected=found(("PM905", GENERAL))),
    Row(
        "KeyboardInterrupt at import",
        _loads(raised=error("KeyboardInterrupt", "")),
        expected=found(("PM905", GENERAL)),
    ),
    Row("a segmentation fault at import", _loads(ended=killed(11)), expected=found(("PM906", GENERAL))),
    Row("a kill at import", _loads(ended=killed(9)), expected=found(("PM906", GENERAL))),
    Row("a hang at import", (load(ended=HUNG), *RAISES_EVERYWHERE), expected=found(("PM907", GENERAL))),
    Row("a busy loop at import", _loads(ended=killed(24)), expected=found(("PM907", GENERAL))),
    Row(
        "an import for which memory does not suffice",
        _loads(raised=error("MemoryError", "")),
        expected=found(("PM908", GENERAL)),
    ),
    Row(
        "two entry points fail each for itself",
        (load(raised=error()), load(SECOND, raised=no_attribute("acme.second", "register"))),
        points=(GENERAL, SECOND),
        expected=found(("PM601", GENERAL), ("PM602", SECOND)),
    ),
]

CALLS = [
    Row(
        "the function raises",
        _calls(call(1, raised=error()), loader_raised=error()),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "the function raises and old loaders only log it",
        _calls(call(1, raised=error())),
        release="0.6.6.post1",
        expected=found(("PM604", GENERAL)),
    ),
    Row("the loader fails before it", _calls(loader_raised=error()), expected=found(("PM604", GENERAL))),
    Row(
        "the function needs an argument",
        _calls(
            call(
                1,
                raised=error(
                    "TypeError", "register() missing 1 required positional argument", in_engine("x")
                ),
            )
        ),
        expected=found(("PM604", GENERAL)),
    ),
    Row("a function that raises raises everywhere", RAISES_EVERYWHERE, expected=found(("PM604", GENERAL))),
    Row(
        "the function imports what vLLM no longer has",
        _calls(call(1, raised=no_name("vllm.worker.worker_base", "WorkerBase"))),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "another distribution's plugin has the name, and the first direct call raises",
        _calls(call(2, raised=error()), call(3, raised=error())),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "the function calls sys.exit",
        _calls(call(1, raised=error("SystemExit", "0")), ended=EXITED),
        expected=found(("PM905", GENERAL)),
    ),
    Row("the function calls os._exit", _calls(ended=EXITED), expected=found(("PM905", GENERAL))),
    Row("the function aborts", _calls(ended=killed(6)), expected=found(("PM906", GENERAL))),
    Row("the function hangs", _calls(ended=HUNG), expected=found(("PM907", GENERAL))),
    Row("the second call hangs", _calls(call(1), ended=HUNG), expected=found(("PM907", GENERAL))),
    Row(
        "the second call leaves the process",
        _calls(call(1), call(2, raised=error("SystemExit", "0")), ended=EXITED),
        expected=found(("PM905", GENERAL)),
    ),
    Row(
        "what is called once with success may change anything",
        _calls(
            call(1, *(change(kind) for kind in ("registry", "handlers", "patches", "env", "threads"))),
            call(2),
        ),
    ),
    Row(
        "the second call raises",
        (
            *_calls(call(1), call(2, raised=error()), call(3, raised=error())),
            concurrent(raised=(error(),)),
            child("fork", raised=error()),
        ),
        expected=found(("PM605", GENERAL)),
    ),
    Row(
        "a late call raises",
        _calls(call(1), call(2), call(3, raised=error())),
        expected=found(("PM605", GENERAL)),
    ),
    *(
        Row(
            f"each call changes {kind}",
            _calls(call(1), call(2, change(kind)), call(3, change(kind))),
            expected=found((rule, GENERAL)),
        )
        for rule, kinds in {
            "PM606": ("registry", "overrides"),
            "PM607": ("handlers", "warnings_filters", "signals", "atexit"),
            "PM608": ("patches",),
            "PM609": ("threads", "files", "sys_path", "env", "cwd"),
        }.items()
        for kind in kinds
    ),
    Row("a file is open for a while", _calls(call(1), call(2, change("files")), call(3))),
    Row(
        "each call adds handlers and wraps again",
        _calls(call(1), call(2, change("handlers"), change("patches"))),
        expected=found(("PM607", GENERAL), ("PM608", GENERAL)),
    ),
    Row(
        "growth is told once, not again for threads and children",
        (
            *_calls(call(1), call(2, change("registry", before=None))),
            concurrent(changes=(change("registry"),)),
            child("fork", changes=(change("registry"),)),
            child("spawn", changes=(change("registry"),)),
        ),
        expected=found(("PM606", GENERAL)),
    ),
    Row(
        "a platform that does not load stops no loader",
        (load(PLATFORM, raised=error()), *_calls(loader_raised=error())),
        points=(GENERAL, PLATFORM),
        release="0.9.2",
        expected=found(("PM601", PLATFORM), ("PM604", GENERAL)),
    ),
    Row(
        "a platform that cannot be resolved stops the loader of 0.7.0 to 0.10.0",
        (
            platform(class_raised=error(), resolution_raised=error()),
            register(loader_raised=error(), calls=()),
        ),
        points=(GENERAL, PLATFORM),
        release="0.9.2",
        expected=found(("PM703", PLATFORM)),
    ),
    Row(
        "it stops no other loader",
        (
            platform(class_raised=error(), resolution_raised=error()),
            register(loader_raised=error(), calls=()),
        ),
        points=(GENERAL, PLATFORM),
        release="0.11.0",
        expected=found(("PM703", PLATFORM), ("PM604", GENERAL)),
    ),
]

WRITE = event("write", "/etc/acme", "call", allowed=False)

CONSEQUENCES = [
    Row(
        "a refused write that raises is told once",
        _calls(
            call(1, raised=error("PermissionError", "[Errno 13] Permission denied: '/etc/acme'")),
            events=(WRITE,),
        ),
        expected=found(("PM911", GENERAL)),
    ),
    Row(
        "a refused write and an error that has nothing to do with it",
        _calls(call(1, raised=error("KeyError", "'x'")), events=(WRITE,)),
        expected=found(("PM604", GENERAL), ("PM911", GENERAL)),
    ),
    Row(
        "a refused connection at import that raises is told once",
        _loads(
            raised=error("OSError", "[Errno 101] Network is unreachable"),
            events=(event("network", "192.0.2.1:80", allowed=False),),
        ),
        expected=found(("PM901", GENERAL)),
    ),
    Row(
        "CUDA at import that raises is told once",
        _loads(
            raised=error("AssertionError", "Torch not compiled with CUDA enabled"),
            events=(event("accelerator", "torch.cuda.init"),),
        ),
        expected=found(("PM904", GENERAL)),
    ),
]

FILTER = [
    Row(
        "it runs although another is named",
        (filtered("other", "nobody", called=(GENERAL.id,), imported=("acme",)),),
        expected=found(("PM610", GENERAL)),
    ),
    Row(
        "it is imported although another is named",
        (filtered("other", "nobody", imported=("acme",)),),
        expected=found(("PM610", GENERAL)),
    ),
    Row(
        "it is imported under several values, which is one finding",
        (filtered("other", "nobody", imported=("acme",)), filtered("empty", "", imported=("acme",))),
        expected=found(("PM610", GENERAL)),
    ),
    Row(
        "it runs when named",
        (filtered("named", "acme", named=(GENERAL.id,), called=(GENERAL.id,), imported=("acme",)),),
    ),
    Row(
        "unset selects all",
        (filtered("unset", None, named=(GENERAL.id,), called=(GENERAL.id,), imported=("acme",)),),
    ),
    Row("named in the wrong case it stays away", (filtered("case", "ACME"),)),
    Row(
        "naming one runs the other",
        (
            load(SECOND),
            register(SECOND),
            filtered(
                "named", "acme", named=(GENERAL.id,), called=(GENERAL.id, SECOND.id), imported=("acme",)
            ),
        ),
        points=(GENERAL, SECOND),
        expected=found(("PM610", SECOND)),
    ),
    Row(
        "what is imported belongs to the one that is named",
        (
            filtered("named", "acme", named=(GENERAL.id,), called=(GENERAL.id,), imported=("acme",)),
            load(SECOND),
            register(SECOND),
        ),
        points=(GENERAL, SECOND),
    ),
    Row(
        "it fails only when others are switched off",
        (filtered("named", "acme", named=(GENERAL.id,), called=(GENERAL.id,), raised=error()),),
        expected=found(("PM604", GENERAL)),
    ),
    Row(
        "it hangs only when named",
        (filtered("named", "acme", named=(GENERAL.id,), ended=HUNG),),
        expected=found(("PM907", GENERAL)),
    ),
    Row("the engine fails without it", (filtered("other", "nobody", raised=error()),)),
]

ROWS = [*LOAD, *CALLS, *CONSEQUENCES, *FILTER]
