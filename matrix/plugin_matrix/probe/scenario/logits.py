"""Logits processors: loaded for the model runner that this release uses, constructed and called."""

from __future__ import annotations

import sys
from operator import methodcaller
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..engine import first_module
from ..entry import Entry
from .steps import Steps, engine_configuration, load_by_engine, sampling_params

if TYPE_CHECKING:
    from ..context import Context

_SECOND = "vllm.v1.worker.gpu.sample.logits_processor"


def use_logits_processor(context: Context, entry: Entry) -> None:
    """Use the second interface where the release has it (0.31.0), else the first."""
    loader = first_module(f"{_SECOND}.loader")
    second = loader is not None and hasattr(loader, "_load_v2_logitsprocs_plugins")
    if second:
        load = loader._load_v2_logitsprocs_plugins
    else:
        module = first_module("vllm.v1.sample.logits_processor")
        load = getattr(module, "_load_logitsprocs_plugins", None)
    if load is None:
        return
    classes = load_by_engine(context, load)
    mine = [kind for kind in classes or () if _is_of(kind, entry)]
    if not mine:
        return
    steps = Steps(context)
    kind = mine[0]
    parameters = sampling_params()
    if parameters is not None and hasattr(kind, "validate_params"):
        steps.take("validate_params", lambda: kind.validate_params(parameters))
    if second:
        _use_second(steps, kind, parameters)
    else:
        _use_first(steps, kind)


def _is_of(kind: Any, entry: Entry) -> bool:
    module, _, name = entry.value.partition(":")
    del module
    return getattr(kind, "__name__", "") == name.strip().split(".")[-1] or not name


def _use_first(steps: Steps, kind: Any) -> None:
    """`cls(vllm_config, device, is_pin_memory)`, then one step without requests (0.10.1)."""
    torch = sys.modules.get("torch")
    device = torch.device("cpu") if torch is not None else "cpu"
    is_pin_memory = False
    processor = steps.take("__init__", lambda: kind(engine_configuration(), device, is_pin_memory))
    steps.take("is_argmax_invariant", methodcaller("is_argmax_invariant"), processor)
    steps.take("update_state", lambda: processor.update_state(None))
    if torch is not None:
        steps.take("apply", lambda: processor.apply(torch.zeros(1, 8)))


def _use_second(steps: Steps, kind: Any, parameters: Any) -> None:
    """`cls(vllm_config, req_states)`, one request and one step (0.31.0)."""
    torch = sys.modules.get("torch")
    interface = first_module(f"{_SECOND}.interface", _SECOND)
    processor = steps.take("__init__", lambda: kind(engine_configuration(), _states(interface, torch)))
    steps.take("add_request", lambda: processor.add_request(0, parameters))
    if torch is not None:
        steps.take("apply", lambda: processor.apply(torch.zeros(1, 8), _step(interface, torch)))


def _states(interface: Any, torch: Any) -> Any:
    values = {"device": "cpu" if torch is None else torch.device("cpu"), "max_num_reqs": 1, "vocab_size": 8}
    if torch is not None:
        row = torch.zeros(1, dtype=torch.int32)
        values["all_token_ids"] = SimpleNamespace(gpu=row.reshape(1, 1))
        for name in ("prompt_len", "prefill_len", "total_len"):
            values[name] = SimpleNamespace(gpu=row, np=row.numpy())
    return _made(interface, "LogitsProcRequestState", values)


def _step(interface: Any, torch: Any) -> Any:
    row = torch.zeros(1, dtype=torch.int64)
    values = {
        "expanded_idx_mapping": row,
        "idx_mapping": row,
        "idx_mapping_np": row.numpy(),
        "expanded_local_pos": row,
        "input_ids": row,
        "pos": row,
        "seq_lens_upper_bound_np": row.numpy(),
    }
    return _made(interface, "LogitsContext", values)


def _made(interface: Any, name: str, values: Any) -> Any:
    """Make the release's own object where its fields are the known ones, else a plain one."""
    kind = getattr(interface, name, None)
    try:
        return kind(**values)  # type: ignore[misc]
    except TypeError:
        return SimpleNamespace(**values)
