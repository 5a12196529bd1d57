"""V1's scheduler, for plugins to extend and patch (`vllm/v1/core/sched/scheduler.py`, 0.8.2)."""

from __future__ import annotations

from vllm._reference import trim, with_real_methods
from vllm.v1.core.sched.interface import SchedulerInterface


class Scheduler(SchedulerInterface):  # type: ignore[misc,valid-type]
    """First come, first served."""


# Its methods take the place of the abstract ones, so that a plugin's subclass can be made.
Scheduler.__abstractmethods__ = frozenset()
with_real_methods(Scheduler)

trim(globals())
