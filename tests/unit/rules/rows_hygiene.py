"""PM901 to PM914: side effects, the start of Python, limits, tampering."""

from typing import Any

from plugin_matrix.rules import DecodeProblem
from plugin_matrix.sandbox.protocol import End

from .row import Row, found
from .seen import (
    EXITED,
    GENERAL,
    HUNG,
    PLATFORM,
    STATS,
    call,
    child,
    error,
    event,
    execution,
    killed,
    load,
    model,
    observation,
    platform,
    register,
)

NO_RESULT = DecodeProblem("The probe left no result.")


def _imports(*events: object, **fields: Any) -> tuple[object, ...]:
    return (load(events=events, **fields),)


def _ended(end: End, code: int = 0, **fields: Any) -> dict[str, Any]:
    return {"execution": execution(end, code, **fields), "seen": NO_RESULT}


ROWS = [
    Row(
        "importing connects",
        _imports(event("network", "192.0.2.1:80", allowed=False)),
        expected=found(("PM901", GENERAL)),
    ),
    Row(
        "importing connects where that is allowed",
        _imports(event("network", "index.example:443")),
        expected=found(("PM901", GENERAL)),
    ),
    Row("calling connects", (register(events=(event("network", "192.0.2.1:80", "call"),)),)),
    Row(
        "importing writes into its scratch",
        _imports(event("write", "$SCRATCH/cache")),
        expected=found(("PM902", GENERAL)),
    ),
    Row(
        "importing deletes in its scratch",
        _imports(event("delete", "$SCRATCH/cache")),
        expected=found(("PM902", GENERAL)),
    ),
    Row("calling writes into its scratch", (register(events=(event("write", "$SCRATCH/cache", "call"),)),)),
    Row(
        "importing runs a program",
        _imports(event("process", "nvidia-smi")),
        expected=found(("PM903", GENERAL)),
    ),
    Row(
        "importing becomes another program",
        _imports(event("exec", "/bin/true")),
        expected=found(("PM903", GENERAL)),
    ),
    Row("calling runs a program", (register(events=(event("process", "nvidia-smi", "call"),)),)),
    Row(
        "importing asks for the accelerator",
        _imports(event("accelerator", "torch.cuda.init")),
        expected=found(("PM904", GENERAL)),
    ),
    Row(
        "importing makes a context",
        _imports(accelerator_initialised=True),
        expected=found(("PM904", GENERAL)),
    ),
    Row(
        "registering makes a context",
        (register(accelerator_initialised=True),),
        expected=found(("PM904", GENERAL)),
    ),
    Row(
        "a model may use its device",
        (model(accelerator_initialised=True, events=(event("accelerator", "x", "call"),)),),
    ),
    Row(
        "a platform may use its device",
        (platform(events=(event("accelerator", "x", "call"),)),),
        points=(PLATFORM,),
    ),
    Row(
        "importing writes elsewhere",
        _imports(event("write", "/etc/acme", allowed=False)),
        expected=found(("PM911", GENERAL)),
    ),
    Row(
        "calling writes elsewhere",
        (
            register(
                events=(
                    event("write", "/etc/acme", "call", allowed=False),
                    event("delete", "/var/acme", "call"),
                )
            ),
        ),
        expected=found(("PM911", GENERAL)),
    ),
    Row(
        "writing elsewhere counts even where the machine allowed it",
        (register(events=(event("write", "/tmp/acme", "call"),)),),  # noqa: S108 - what a plugin would write
        expected=found(("PM911", GENERAL)),
    ),
    Row(
        "importing opens a device of the machine",
        _imports(event("escape", "/dev/mem", allowed=False)),
        expected=found(("PM913", GENERAL)),
    ),
    Row(
        "calling asks for a mount and for the engine's socket",
        (
            register(
                events=(
                    event("escape", "mount()", "call", allowed=False),
                    event("escape", "/run/docker.sock", "call", allowed=False),
                )
            ),
        ),
        expected=found(("PM913", GENERAL)),
    ),
    Row(
        "a write is told once although it is seen in two scenarios",
        (load(events=(event("write", "$SCRATCH/a"),)), register(events=(event("write", "$SCRATCH/a"),))),
        expected=found(("PM902", GENERAL)),
    ),
    Row(
        "what a child does is told only where no entry point shows it",
        (
            load(events=(event("write", "$SCRATCH/a"),)),
            child("fork", events=(event("write", "$SCRATCH/b"), event("network", "192.0.2.1:80"))),
        ),
        expected=found(("PM902", GENERAL), ("PM901", "acme")),
    ),
    Row(
        "two entry points with effects of their own",
        (load(events=(event("write", "$SCRATCH/a"),)), load(STATS, events=(event("write", "$SCRATCH/b"),))),
        points=(GENERAL, STATS),
        expected=found(("PM902", GENERAL), ("PM902", STATS)),
    ),
    Row(
        "one module behind two entry points connects once",
        (
            load(events=(event("network", "192.0.2.1:80"),)),
            load(STATS, events=(event("network", "192.0.2.1:80"),)),
        ),
        points=(GENERAL, STATS),
        expected=found(("PM901", GENERAL)),
    ),
    Row(
        "side effects of different kinds are different findings",
        _imports(event("network", "x:1"), event("write", "$SCRATCH/a"), event("process", "ls")),
        expected=found(("PM901", GENERAL), ("PM902", GENERAL), ("PM903", GENERAL)),
    ),
    Row("memory runs out", expected=found(("PM908", "acme")), **_ended(End.MEMORY, 9, peak_memory=1 << 32)),
    Row(
        "output does not end",
        expected=found(("PM909", "acme")),
        **_ended(End.OUTPUT, 9, output="x", output_bytes=1 << 23),
    ),
    Row("processes do not end", expected=found(("PM910", "acme")), **_ended(End.PROCESSES, 9)),
    Row(
        "the limit on processes is hit again and again",
        (register(ended=HUNG),),
        execution=execution(refused_forks=500),
        expected=found(("PM910", "acme")),
    ),
    Row("the limit on processes is hit by chance", execution=execution(refused_forks=2)),
    Row(
        "the limit on processes is hit, and a thread is wanting",
        (register(calls=(call(1, raised=error("RuntimeError", "can't start new thread")),)),),
        execution=execution(refused_forks=1),
        expected=found(("PM910", GENERAL)),
    ),
    Row(
        "a cell out of memory says nothing more",
        (load(ended=killed(9)), register(calls=(call(1, raised=error()),))),
        execution=execution(End.MEMORY, 9),
        expected=found(("PM908", "acme")),
    ),
    Row(
        "nothing can be written any more, the result neither",
        expected=found(("PM914", "acme")),
        **_ended(End.EXITED, 1, scratch_full=True),
    ),
    Row("the scratch is full and the result is there all the same", execution=execution(scratch_full=True)),
    Row("the probe is killed", expected=found(("PM912", "acme")), **_ended(End.SIGNALLED, 9)),
    Row("the probe is asked to end", expected=found(("PM912", "acme")), **_ended(End.SIGNALLED, 15)),
    Row(
        "the probe is killed and a good result lies in the place of its own",
        execution=execution(End.SIGNALLED, 9),
        expected=found(("PM912", "acme")),
    ),
    Row(
        "Python ends as it starts",
        seen=observation(without=(object,), start_ended=EXITED),
        expected=found(("PM905", "acme")),
    ),
    Row(
        "Python crashes as it starts",
        seen=observation(without=(object,), start_ended=killed(11)),
        expected=found(("PM906", "acme")),
    ),
    Row(
        "Python does not come to an end of its start",
        seen=observation(without=(object,), start_ended=HUNG),
        expected=found(("PM907", "acme")),
    ),
    Row(
        "who forges a result as Python starts is not asked for more",
        seen=observation(without=(object,), start_ended=EXITED, tampering=("the path was taken",)),
        expected=found(("PM912", "acme")),
    ),
    Row(
        "a start that a limit of the cell ended",
        seen=observation(without=(object,), start_ended=killed(9)),
        execution=execution(End.MEMORY, 9),
        expected=found(("PM908", "acme")),
    ),
    Row(
        "the probe noticed that it was interfered with",
        (register(ended=killed(9)),),
        observed={"tampering": ("the probe's process was ended during the scenario `register`",)},
        expected=found(("PM912", "acme")),
    ),
    Row(
        "who forges a result is not asked for side effects",
        (register(events=(event("write", "/run/result.json", "call"),)), load(ended=EXITED)),
        observed={"tampering": ("something was at the path of the result",)},
        expected=found(("PM912", "acme")),
    ),
]
