"""PM821 to PM851: processors, loggers and endpoints."""

from plugin_matrix.model import Cause, EntryPoint

from .row import Row, found
from .seen import (
    ENDPOINT,
    EXITED,
    GENERAL,
    HUNG,
    IO,
    LOGITS,
    STATS,
    component,
    error,
    in_engine,
    killed,
    load,
    no_module,
)

RULES: dict[EntryPoint, str] = {LOGITS: "PM821", IO: "PM831", STATS: "PM841", ENDPOINT: "PM851"}
IN_LOADER = in_engine("load", "vllm/v1/metrics/loggers.py")

ROWS = [
    *(Row(f"a good {point.name}", points=(point,)) for point in RULES),
    *(
        Row(
            f"the engine's loader refuses {point.name}",
            (component(point, load_raised=error("TypeError", "must be a subclass", IN_LOADER)),),
            points=(point,),
            expected=found((rule, point)),
        )
        for point, rule in RULES.items()
    ),
    *(
        Row(
            f"a step of {point.name} raises",
            (component(point, use_raised=error("TypeError", "takes 2 arguments"), used="__init__"),),
            points=(point,),
            expected=found((rule, point)),
        )
        for point, rule in RULES.items()
    ),
    *(
        Row(
            f"{point.name} that does not load is not used either",
            (load(point, raised=error()), component(point, load_raised=error())),
            points=(point,),
            expected=found(("PM821" if point == LOGITS else "PM601", point)),
        )
        for point in RULES
    ),
    Row(
        "a processor ends the process",
        (component(LOGITS, ended=EXITED),),
        points=(LOGITS,),
        expected=found(("PM905", LOGITS)),
    ),
    Row(
        "a processor crashes",
        (component(LOGITS, ended=killed(11)),),
        points=(LOGITS,),
        expected=found(("PM906", LOGITS)),
    ),
    Row(
        "an endpoint hangs",
        (component(ENDPOINT, ended=HUNG, used="init_state"),),
        points=(ENDPOINT,),
        expected=found(("PM907", ENDPOINT)),
    ),
    Row(
        "a processor needs torch and there is none",
        (component(LOGITS, use_raised=no_module("torch")),),
        points=(LOGITS,),
        has_torch=False,
        cause=Cause.TORCH,
    ),
    Row("a component was not used at all", (component(IO, used=""),), points=(IO,), cause=Cause.PROBE),
    Row(
        "a component was not used, because the engine's part is not modelled",
        (component(STATS, used="", not_modelled=("vllm.v1.metrics",)),),
        points=(STATS,),
        cause=Cause.NOT_MODELLED,
    ),
    Row(
        "a broken endpoint is nobody's trouble before 0.26.0",
        (component(ENDPOINT, use_raised=error()),),
        points=(GENERAL, ENDPOINT),
        release="0.25.1",
        expected=found(("PM102", ENDPOINT)),
    ),
]
