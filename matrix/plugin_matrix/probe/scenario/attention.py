"""Ask a platform for its attention backend the way the release's selector does."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..engine import first_module, parameters, unnoticed
from ..text import bounded, shown

if TYPE_CHECKING:
    from ..context import Context

_SELECTORS = ("vllm.v1.attention.selector", "vllm.attention.selector")


class _Watched:
    """Stands in for `get_attn_backend_cls` and tells whether and how the selector called it."""

    def __init__(self, kind: Any) -> None:
        self.calls = 0
        self.returned: Any = None
        self.error: BaseException | None = None
        self._kind = kind
        self._own = kind.__dict__.get("get_attn_backend_cls")
        bound = kind.get_attn_backend_cls

        def get_attn_backend_cls(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            try:
                self.returned = bound(*arguments, **named)
            except BaseException as error:
                self.error = error
                raise
            return self.returned

        # The 0.11.1 selector looks at the signature before it calls.
        get_attn_backend_cls.__wrapped__ = bound  # type: ignore[attr-defined]
        kind.get_attn_backend_cls = staticmethod(get_attn_backend_cls)

    def restore(self) -> None:
        if self._own is None:
            del self._kind.get_attn_backend_cls
        else:
            self._kind.get_attn_backend_cls = self._own


def select_backend(context: Context, platform: Any) -> None:
    """Record what the release's selector gets from the platform, or what that raised."""
    payload = context.payload
    watched = _Watched(type(platform))
    missing = set(context.describe.missing_modules)
    with unnoticed():
        try:
            with context.phase("import"):
                selector = first_module(*_SELECTORS)
        except Exception as error:
            raised = context.describe(error)
            if not any(frame["origin"] == "plugin" for frame in raised["frames"]):
                raise
            # Choosing a backend begins with that import, and the plugin's code failed in it.
            payload["attn_backend_raised"] = raised
            watched.restore()
            return
        with context.phase("call"), context.describe.attempt() as selecting:
            _call_selector(selector)
    if watched.calls == 0:
        # The selector did not get as far: torch or a part of the engine is missing.
        context.describe.missing_modules = missing
        with context.phase("call"), context.describe.attempt() as selecting:
            _call_directly(platform, selector)
    watched.restore()
    if watched.error is not None:
        payload["attn_backend_raised"] = context.describe(watched.error)
    elif watched.calls == 0 and isinstance(selecting.error, TypeError):
        payload["attn_backend_raised"] = selecting.raised
    elif isinstance(watched.returned, str) and watched.returned:
        payload["attn_backend"] = bounded(watched.returned, 500)
        _import_backend(context, watched.returned)
    elif watched.calls:
        payload["attn_backend"] = shown(watched.returned)
        payload["attn_backend_raised"] = selecting.raised


def _import_backend(context: Context, path: str) -> None:
    """Import the named class as the selector does; lacking dependencies are no fault of the name."""
    missing = set(context.describe.missing_modules)
    with context.phase("import"), context.describe.attempt() as importing:
        module, _, name = path.rpartition(".")
        getattr(import_module(module), name)
    if importing.raised is not None and context.describe.missing_modules == missing:
        module_name = importing.raised.get("missing_module") or ""
        if not module_name.startswith("vllm.") or not path.startswith("vllm."):
            context.payload["attn_backend_raised"] = importing.raised


def _call_selector(selector: Any) -> None:
    function = selector.get_attn_backend
    values = {**_values(), "is_attention_free": False, "block_size": 16}
    arguments = [
        values.get(name)
        for name, parameter in parameters(function).items()
        if parameter.default is parameter.empty
    ]
    with _configured():
        function(*arguments)


def _configured() -> Any:
    """Return the context in which releases from 0.13.0 on select: a current configuration."""
    try:
        with unnoticed():
            config = import_module("vllm.config")
            return config.set_current_vllm_config(config.VllmConfig())
    except Exception:  # noqa: BLE001 - releases without it, or that need a model for it
        return nullcontext()


def _call_directly(platform: Any, selector: Any) -> None:
    """Build the arguments from the base class of this release, which has the selector's own order."""
    base = import_module("vllm.platforms.interface").Platform
    values = {**_values(), "attn_selector_config": _selector_config(selector)}
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, parameter in parameters(base.get_attn_backend_cls).items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        # Passed by keyword: `attn_selector_config` since 0.13.0 and `num_heads` since 0.17.0.
        if name in ("attn_selector_config", "num_heads"):
            named[name] = values[name]
        else:
            positional.append(values.get(name))
    platform.get_attn_backend_cls(*positional, **named)


def _selector_config(selector: Any) -> Any:
    values = _values()
    kind: Any = getattr(selector, "AttentionSelectorConfig", None)
    fields = getattr(kind, "_fields", None)
    if fields is None:
        return SimpleNamespace(**values)
    defaults = getattr(kind, "_field_defaults", {})
    return kind(*[defaults[name] if name in defaults else values.get(name) for name in fields])


def _values() -> dict[str, Any]:
    torch = sys.modules.get("torch")
    return {
        "selected_backend": None,
        "head_size": 64,
        "dtype": getattr(torch, "float32", None),
        "kv_cache_dtype": "auto",
        "block_size": 16,
        "use_v1": True,
        "use_mla": False,
        "has_sink": False,
        "use_sparse": False,
        "attn_type": "decoder",
        "num_heads": 4,
    }
