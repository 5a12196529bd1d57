"""PM612 to PM614: threads and children."""

from collections.abc import Callable

from plugin_matrix.model import EntryPoint
from plugin_matrix.model.observation import Frame, Raised

from .row import Row, found
from .seen import (
    EXITED,
    GENERAL,
    HUNG,
    change,
    child,
    concurrent,
    error,
    filtered,
    in_engine,
    in_plugin,
    killed,
    load,
    register,
    seen_point,
)

BESIDE = seen_point(EntryPoint(GENERAL.group, "beside", "beside:register"), "beside")
BY_BESIDE = error(
    "RuntimeError",
    "no luck",
    in_engine("load_general_plugins"),
    Frame(file="beside.py", line=3, function="register", origin="other"),
)
BY_ACME_IN_BESIDE = error("RuntimeError", "no luck", *BY_BESIDE.frames, in_plugin())
SECOND = EntryPoint(GENERAL.group, "second", "acme.second:register")
LOST = change("registry", "AcmeForCausalLM", "acme.model:Acme", None)
MORE = change("registry", "OtherForCausalLM", None, "acme.model:Other")
PLACES: dict[str, Callable[[Raised], object]] = {
    "in a forked child": lambda raised: child("fork", raised=raised),
    "in a spawned child": lambda raised: child("spawn", raised=raised),
    "under a filter": lambda raised: filtered("unset", None, named=(GENERAL.id,), raised=raised),
}
RULES = {"in a forked child": "PM613", "in a spawned child": "PM614", "under a filter": "PM604"}

ROWS = [
    Row(
        "threads make it raise", (concurrent(raised=(error(), error())),), expected=found(("PM612", GENERAL))
    ),
    Row(
        "threads leave another state",
        (concurrent(changes=(change("handlers"),)),),
        expected=found(("PM612", GENERAL)),
    ),
    Row(
        "threads leave another variable",
        (concurrent(changes=(change("env", "ACME", "a", "a:a"),)),),
        expected=found(("PM612", GENERAL)),
    ),
    Row("a variable holds the process's id", (concurrent(changes=(change("env", "ACME", "13", "14"),)),)),
    Row("threads wait for each other", (concurrent(ended=HUNG),), expected=found(("PM612", GENERAL))),
    Row("threads crash it", (concurrent(ended=killed(11)),), expected=found(("PM906", GENERAL))),
    Row("threads make it leave", (concurrent(ended=EXITED),), expected=found(("PM905", GENERAL))),
    Row(
        "a forked child lacks a model", (child("fork", changes=(LOST,)),), expected=found(("PM613", GENERAL))
    ),
    Row("a forked child has more than its parent", (child("fork", changes=(MORE,)),)),
    Row("a forked child cannot load", (child("fork", raised=error()),), expected=found(("PM613", GENERAL))),
    Row("a forked child hangs", (child("fork", ended=HUNG),), expected=found(("PM907", GENERAL))),
    Row("a forked child crashes", (child("fork", ended=killed(11)),), expected=found(("PM906", GENERAL))),
    Row(
        "a spawned child lacks a model",
        (child("spawn", changes=(LOST,)),),
        expected=found(("PM614", GENERAL)),
    ),
    Row("a spawned child has more than its parent", (child("spawn", changes=(MORE,)),)),
    Row(
        "a spawned child cannot be started",
        (child("spawn", raised=error("_pickle.PicklingError", "Can't pickle <function <lambda>>")),),
        expected=found(("PM614", GENERAL)),
    ),
    Row("a spawned child leaves", (child("spawn", ended=EXITED),), expected=found(("PM905", GENERAL))),
    Row(
        "a name that holds the process id differs in threads for the same reason",
        (child("spawn", changes=(LOST, MORE)), concurrent(changes=(LOST, MORE))),
        expected=found(("PM614", GENERAL)),
    ),
    *(
        Row(
            f"another plugin fails {where}",
            (scenario(BY_BESIDE),),
            observed={"beside": (BESIDE,)},
        )
        for where, scenario in PLACES.items()
    ),
    *(
        Row(
            f"it fails in another plugin's hands {where}",
            (scenario(BY_ACME_IN_BESIDE),),
            observed={"beside": (BESIDE,)},
            expected=found((RULES[where], GENERAL)),
        )
        for where, scenario in PLACES.items()
    ),
    Row(
        "what fails in a library is not another plugin's doing",
        (child("fork", raised=BY_BESIDE),),
        expected=found(("PM613", GENERAL)),
    ),
    Row(
        "another plugin leaves when it is loaded",
        (child("fork", raised=error("SystemExit", "1", *BY_BESIDE.frames), ended=EXITED),),
        observed={"beside": (BESIDE,)},
    ),
    Row(
        "of two entry points it cannot be told which one the child lacks",
        (load(SECOND), register(SECOND), concurrent(SECOND), child("spawn", changes=(LOST,))),
        points=(GENERAL, SECOND),
        expected=found(("PM614", "acme")),
    ),
]
