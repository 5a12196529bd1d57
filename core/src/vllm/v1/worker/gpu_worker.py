"""The worker of one CUDA device (`vllm/v1/worker/gpu_worker.py`).

Plugins derive from it. The small engine uses its own worker where it is named, and schedules for no subclass.
"""

from __future__ import annotations

from vllm._reference import at_least, trim, with_real_methods

if at_least("0.7.3"):
    from vllm.v1.worker.worker_base import WorkerBase as _Base
else:
    _Base = object  # type: ignore[assignment,misc]


@with_real_methods
class Worker(_Base):  # type: ignore[misc, valid-type]
    """A worker of one CUDA device."""


trim(globals())
