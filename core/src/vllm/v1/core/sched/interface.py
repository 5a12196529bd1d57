"""What a scheduler must do (`vllm/v1/core/sched/interface.py`, 0.8.2); the small engine asks none."""

from __future__ import annotations

import enum as _enum

from vllm._reference import define_class as _define_class
from vllm._reference import trim as _trim
from vllm.multimodal import MULTIMODAL_REGISTRY


class PauseState(_enum.IntEnum):
    """Whether requests are scheduled (0.17.0)."""

    UNPAUSED = 0
    PAUSED_NEW = 1
    PAUSED_ALL = 2


SchedulerInterface = _define_class(
    "SchedulerInterface",
    globals(),
    {
        "has_unfinished_requests": lambda scheduler: scheduler.get_num_unfinished_requests() > 0,
        "has_requests": lambda scheduler: (
            scheduler.has_unfinished_requests() or scheduler.has_finished_requests()
        ),
    },
    doc="Decides what runs in the next step.",
)

_trim(globals())
