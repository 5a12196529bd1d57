"""Groups of ranks (`vllm/distributed/parallel_state.py`): one rank in each."""

from __future__ import annotations

from typing import Any

from vllm._reference import trim


class GroupCoordinator:
    """A group of one rank."""

    rank = 0
    local_rank = 0
    rank_in_group = 0
    world_size = 1
    is_first_rank = True
    is_last_rank = True
    ranks = (0,)
    device_group = None
    cpu_group = None

    def all_reduce(self, input_: Any) -> Any:
        """Return the input."""
        return input_

    def all_gather(self, input_: Any, dim: int = -1) -> Any:
        """Return the input."""
        return input_

    def gather(self, input_: Any, dst: int = 0, dim: int = -1) -> Any:
        """Return the input."""
        return input_

    def broadcast(self, input_: Any, src: int = 0) -> Any:
        """Return the input."""
        return input_

    def barrier(self) -> None:
        """Wait for nobody."""


_WORLD = GroupCoordinator()


def get_world_group() -> GroupCoordinator:
    """All ranks."""
    return _WORLD


def get_tp_group() -> GroupCoordinator:
    """Tensor-parallel ranks."""
    return _WORLD


def get_pp_group() -> GroupCoordinator:
    """Pipeline stages."""
    return _WORLD


def get_dp_group() -> GroupCoordinator:
    """Data-parallel ranks."""
    return _WORLD


def get_tensor_model_parallel_world_size() -> int:
    """One."""
    return 1


def get_tensor_model_parallel_rank() -> int:
    """Zero."""
    return 0


def model_parallel_is_initialized() -> bool:
    """Say always."""
    return True


def init_distributed_environment(*args: Any, **kwargs: Any) -> None:
    """Do nothing: there is one rank."""


def ensure_model_parallel_initialized(*args: Any, **kwargs: Any) -> None:
    """Do nothing: there is one rank."""


def initialize_model_parallel(*args: Any, **kwargs: Any) -> None:
    """Do nothing: there is one rank."""


trim(globals())
