"""Notice that an accelerator was initialised, without ever importing torch.

A context in the parent makes workers unforkable (`Cannot re-initialize CUDA in forked
subprocess`). On a machine without a device the attempt fails, so calls count as well as success.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from .audit import Recorder

_DEVICES = ("cuda", "xpu", "npu", "hpu")
_CALLS = ("init", "_lazy_init")


class Accelerators:
    """Watch the device modules of torch in one process."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._called: list[str] = []
        self._wrapped: list[Any] = []
        self._finder = _AfterImport(self.watch)

    def install(self) -> None:
        """Watch torch now if it is there, and else as soon as it has been imported."""
        if not self.watch():
            sys.meta_path.insert(0, self._finder)

    def initialised(self) -> bool:
        """Tell whether any device has been or was to be initialised."""
        torch = sys.modules.get("torch")
        for name in _DEVICES:
            device = getattr(torch, name, None) if torch is not None else None
            is_initialized = getattr(device, "is_initialized", None)
            if callable(is_initialized):
                try:
                    if is_initialized() is True:
                        return True
                except Exception:  # noqa: BLE001, S112 - a vendor module without its device
                    continue
        return bool(self._called)

    def watch(self) -> bool:
        """Wrap the initialising functions of the device modules that are imported by now."""
        if "torch" not in sys.modules:
            return False
        for name in _DEVICES:
            module = sys.modules.get(f"torch.{name}")
            if module is None or module in self._wrapped or not hasattr(module, "_lazy_init"):
                continue
            self._wrapped.append(module)
            for function in _CALLS:
                original = getattr(module, function, None)
                if callable(original):
                    setattr(module, function, self._noting(f"torch.{name}.{function}", original))
        return bool(self._wrapped)

    def _noting(self, what: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*arguments: Any, **named: Any) -> Any:
            if self._recorder.phase is not None:
                if not self._called:
                    self._recorder.record("accelerator", what)
                self._called.append(what)
            return original(*arguments, **named)

        return noting


class _AfterImport:
    """A finder that finds nothing: it looks, at every later import, whether torch is complete."""

    def __init__(self, watch: Callable[[], bool]) -> None:
        self._watch = watch

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Find nothing; wrap what has been imported meanwhile."""
        del path, target
        if "torch.cuda" in sys.modules and not name.startswith("torch."):
            self._watch()
