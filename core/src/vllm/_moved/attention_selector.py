"""Asking the platform for an attention backend (`vllm/attention/selector.py`; `vllm/v1/...` from 0.14.0)."""

from __future__ import annotations

import inspect as _inspect
from contextlib import contextmanager
from typing import Any, Dict, Iterator

from vllm import envs as _envs
from vllm._reference import at_least as _at_least
from vllm._reference import define_enum as _define_enum
from vllm._reference import define_function as _define_function
from vllm._reference import define_named_tuple as _define_named_tuple
from vllm._reference import record as _record
from vllm._reference import trim as _trim
from vllm._reference import value as _value
from vllm._reference.qualname import resolve_obj_by_qualname
from vllm.logger import init_logger

if _at_least("0.14.0"):
    from vllm.v1.attention.backend import AttentionBackend, AttentionType
else:
    from vllm.attention.backends.abstract import AttentionBackend, AttentionType

if _at_least("0.11.1") and not _at_least("0.13.0"):
    from vllm.attention.backends.registry import AttentionBackendEnum
elif _at_least("0.6.5") and not _at_least("0.11.1"):
    from vllm.platforms.interface import _Backend
elif not _at_least("0.6.5"):
    _Backend = _define_enum("_Backend", globals())

logger = init_logger(__name__)
_log = logger
_BACKENDS: Any = globals().get("AttentionBackendEnum") or globals().get("_Backend")

AttentionSelectorConfig: Any = _define_named_tuple("AttentionSelectorConfig", globals())

_cache: Dict[Any, Any] = {}
forced_attn_backend: Any = None


def backend_name_to_enum(backend_name: str) -> Any:
    """Return the member of that name, None for no such name."""
    return _BACKENDS.__members__.get(backend_name)


def get_env_variable_attn_backend() -> Any:
    """Return the member that VLLM_ATTENTION_BACKEND names."""
    name = _envs.VLLM_ATTENTION_BACKEND
    return None if name is None else _BACKENDS.__members__.get(name)


def global_force_attn_backend(attn_backend: Any) -> None:
    """Force a backend; None ends that."""
    global forced_attn_backend
    forced_attn_backend = attn_backend


def get_global_forced_attn_backend() -> Any:
    """Return the forced backend."""
    return forced_attn_backend


@contextmanager
def global_force_attn_backend_context_manager(attn_backend: Any) -> Iterator[None]:
    """Force a backend inside the block."""
    global forced_attn_backend
    before = forced_attn_backend
    forced_attn_backend = attn_backend
    try:
        yield
    finally:
        forced_attn_backend = before
        _cache.clear()


def _selected() -> Any:
    """Return what the user asked for, None for nothing (0.13.0 and later: the configuration's)."""
    if _at_least("0.13.0"):
        from vllm.config import get_current_vllm_config

        return getattr(getattr(get_current_vllm_config(), "attention_config", None), "backend", None)
    if forced_attn_backend is not None:
        return forced_attn_backend
    name = getattr(_envs, "VLLM_ATTENTION_BACKEND", None)
    if name is None:
        return None
    if _at_least("0.11.1"):
        try:
            return _BACKENDS[name.removesuffix("_VLLM_V1")]
        except KeyError as error:
            raise ValueError(
                f"Invalid attention backend: '{name}'. Valid backends are: {list(_BACKENDS.__members__)}"
            ) from error
    found = _BACKENDS.__members__.get(name)
    if found is None and _at_least("0.10.1"):
        raise ValueError(
            f"Invalid attention backend: '{name}'. Valid backends are: {list(_BACKENDS.__members__)}"
        )
    return found


def _ask_platform(given: Dict[str, Any]) -> Any:  # noqa: PLR0911 (one return a contract)
    """Call the platform with exactly the arguments that this release passes."""
    from vllm.platforms import current_platform

    selected = _selected()
    common = [given.get(name) for name in ("head_size", "dtype", "kv_cache_dtype", "block_size")]
    mla, sink, sparse = (bool(given.get(name)) for name in ("use_mla", "has_sink", "use_sparse"))
    use_v1 = bool(getattr(_envs, "VLLM_USE_V1", False))
    ask = getattr(current_platform, "get_attn_backend_cls", None)
    contract = _value("get_attn_backend_cls")
    if contract == "positional6":
        return ask(selected, *common, use_v1)
    if contract == "positional7-mla":
        return ask(selected, *common, use_v1, mla)
    if contract == "positional8-sink":
        return ask(selected, *common, use_v1, mla, sink)
    if contract == "positional9-sparse":
        return ask(selected, *common, use_v1, mla, sink, sparse)
    if contract == "keywords-use_v1-adapter":
        if "use_v1" in _inspect.signature(ask).parameters:
            _log.warning_once(
                "use_v1 parameter for get_attn_backend_cls is deprecated and will be removed in v0.13.0 or "
                "v1.0.0, whichever is soonest. Please remove it from your plugin code."
            )
            return ask(selected, *common, True, mla, sink, sparse, given.get("attn_type"))
        return ask(selected, *common, mla, sink, sparse, given.get("attn_type"))
    config = _config_of(given)
    if contract == "selector-config":
        return ask(selected, attn_selector_config=config)
    return ask(selected, attn_selector_config=config, num_heads=given.get("num_heads"))


def _config_of(given: Dict[str, Any]) -> Any:
    """Fill the named tuple from what the layer gave."""
    fields = {name: given[name] for name in _config_class._fields if name in given}
    fields.setdefault("block_size", None)
    fields["attn_type"] = given.get("attn_type") or AttentionType.DECODER
    return _config_class(**fields)


_config_class = AttentionSelectorConfig


def _get_attn_backend(arguments: Dict[str, Any]) -> Any:
    """Ask once per arguments and import what the platform names; ValueError when it names nothing."""
    from vllm.platforms import current_platform

    if _value("get_attn_backend_cls") in ("", "get_default_attn_backend"):
        _record(f"{__name__}:get_attn_backend")
        raise NotImplementedError("the reference engine chooses no attention backend before 0.7.0")
    key = (*sorted((name, repr(value)) for name, value in arguments.items()), repr(_selected()))
    if key not in _cache:
        path = _ask_platform(arguments)
        if not path:
            raise ValueError(f"Invalid attention backend for {current_platform.device_name}")
        _cache[key] = resolve_obj_by_qualname(path)
    return _cache[key]


get_attn_backend = _define_function("get_attn_backend", globals(), _get_attn_backend)


class _cached_get_attn_backend:
    """The cache behind `get_attn_backend`."""

    cache_clear = staticmethod(_cache.clear)


_trim(globals())
