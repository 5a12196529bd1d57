"""Functions that `vllm.utils` had and that its submodules have since 0.11.1."""

from __future__ import annotations

import inspect as _inspect
import socket as _socket
from typing import Callable


def cdiv(a: int, b: int) -> int:
    """Divide, rounding up."""
    return -(a // -b)


def round_up(x: int, y: int) -> int:
    """Round `x` up to a multiple of `y`."""
    return -(x // -y) * y


def get_open_port() -> int:
    """Return a port nobody listens on."""
    with _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM) as found:
        found.bind(("", 0))
        port: int = found.getsockname()[1]
        return port


def supports_kw(
    callable: Callable[..., object],  # noqa: A002 (vLLM's name)
    kw_name: str,
    *,
    requires_kw_only: bool = False,
    allow_var_kwargs: bool = True,
) -> bool:
    """Tell whether the callable takes the keyword `kw_name`."""
    parameters = _inspect.signature(callable).parameters
    found = parameters.get(kw_name)
    if found is not None:
        if requires_kw_only:
            return found.kind is _inspect.Parameter.KEYWORD_ONLY
        return found.kind in (_inspect.Parameter.KEYWORD_ONLY, _inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return allow_var_kwargs and any(p.kind is _inspect.Parameter.VAR_KEYWORD for p in parameters.values())


def is_pin_memory_available() -> bool:
    """Ask the platform."""
    from vllm.platforms import current_platform

    available: bool = current_platform.is_pin_memory_available()
    return available
