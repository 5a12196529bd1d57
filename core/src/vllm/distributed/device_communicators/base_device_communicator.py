"""Base of device communicators, with the members of the release.

`vllm/distributed/device_communicators/base_device_communicator.py`, 0.7.3.
"""

from __future__ import annotations

from typing import Any

from vllm._reference import define_class, trim


def _init(
    self: Any, cpu_group: Any, device: Any = None, device_group: Any = None, unique_name: str = "", *_: Any
) -> None:
    self.cpu_group, self.device, self.device_group = cpu_group, device, device_group
    self.unique_name, self.world_size, self.rank_in_group = unique_name, 1, 0


def _same(self: Any, input_: Any, *_: Any, **__: Any) -> Any:
    del self
    return input_


DeviceCommunicatorBase = define_class(
    "DeviceCommunicatorBase",
    globals(),
    {"__init__": _init, "all_reduce": _same, "all_gather": _same, "reduce_scatter": _same, "gather": _same},
)

trim(globals())
