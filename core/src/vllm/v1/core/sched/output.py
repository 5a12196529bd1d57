"""What a scheduler says of the next step (`vllm/v1/core/sched/output.py`, 0.8.2)."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._reference.data_class import define_data_class as _define_data_class

NewRequestData = _define_data_class("NewRequestData", globals())
CachedRequestData = _define_data_class("CachedRequestData", globals())
SchedulerOutput = _define_data_class("SchedulerOutput", globals())

_trim(globals())
