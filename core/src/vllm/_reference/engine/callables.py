"""Questions about callables, as `vllm.utils` answers them."""

from __future__ import annotations

import inspect
import sys
from typing import Any, Callable

_NAMED = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)


def supports_kw(
    callable: Callable[..., Any],  # noqa: A002 - the release's parameter name
    kw_name: str,
    *,
    requires_kw_only: bool = False,
    allow_var_kwargs: bool = True,
) -> bool:
    """Tell whether `kw_name` may be passed by keyword (`vllm/utils.py`, 0.6.3.

    `vllm/utils/func_utils.py`, 0.11.1).
    """
    parameters = inspect.signature(callable).parameters
    if not parameters:
        return False
    named = parameters.get(kw_name)
    if named is not None and named.kind in _NAMED:
        if not requires_kw_only:
            return True
        return named.kind is inspect.Parameter.KEYWORD_ONLY
    if not allow_var_kwargs:
        return False
    last = parameters[next(reversed(parameters))]
    return last.kind is inspect.Parameter.VAR_KEYWORD and last.name != kw_name


def is_module_class(candidate: object) -> bool:
    """Tell whether `candidate` is a subclass of `torch.nn.Module`; torch is not imported for the question.

    A class can only have that base when torch is loaded already.
    """
    torch = sys.modules.get("torch")
    return (
        torch is not None
        and hasattr(torch, "nn")
        and isinstance(candidate, type)
        and issubclass(candidate, torch.nn.Module)
    )
