"""Describe exceptions: type, message, frames, and what an import or attribute lacked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .origin import is_probe
from .text import bounded, class_name, said

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from typing_extensions import Self

    from .origin import Origins

MAX_FRAMES = 50
_WALK = 2_000
_NO_NAME = re.compile(r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'")
_NO_ATTRIBUTE = re.compile(r"(?:module '([^']+)'|.*) has no attribute '([^']+)'", re.DOTALL)


class Attempt:
    """A `with` block that keeps whatever it raised, `BaseException` included, and goes on."""

    def __init__(self, describe: Describe) -> None:
        self._describe = describe
        self.raised: dict[str, Any] | None = None
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: TracebackType | None) -> bool:
        if error is None:
            return False
        self.error = error
        self.raised = self._describe(error)
        return True


class Describe:
    """Describe exceptions of one scenario, remembering missing modules and calls of `sys.exit`."""

    def __init__(self, origins: Origins) -> None:
        self.origins = origins
        self.missing_modules: set[str] = set()
        self.exit_code: int | None = None

    def __call__(self, error: BaseException) -> dict[str, Any]:
        """Return the `Raised` of an exception."""
        self.note(error)
        if isinstance(error, SystemExit) and self.exit_code is None:
            code = error.code
            self.exit_code = code & 255 if isinstance(code, int) else (0 if code is None else 1)
        message = said(error)
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        raised: dict[str, Any] = {
            "type": class_name(type(error)),
            "message": message,
            "frames": self.frames(error.__traceback__),
        }
        raised.update(_lacking(error, message))
        if cause is not None:
            raised["cause"] = bounded(f"{class_name(type(cause))}: {said(cause)}")
        return raised

    def attempt(self) -> Attempt:
        """Return a block whose exception is described."""
        return Attempt(self)

    def frames(self, traceback: TracebackType | None) -> list[dict[str, Any]]:
        """Return the frames of a traceback, innermost last, without importlib's and the probe's."""
        frames = []
        for _ in range(_WALK):
            if traceback is None:
                break
            frame = self._frame(traceback.tb_frame, traceback.tb_lineno)
            if frame is not None:
                frames.append(frame)
            traceback = traceback.tb_next
        return frames[-MAX_FRAMES:]

    def stack(self, frame: FrameType | None) -> list[dict[str, Any]]:
        """Return the frames of a running stack, innermost last."""
        frames: list[dict[str, Any]] = []
        for _ in range(_WALK):
            if frame is None or len(frames) == MAX_FRAMES:
                break
            described = self._frame(frame, frame.f_lineno)
            if described is not None:
                frames.append(described)
            frame = frame.f_back
        return frames[::-1]

    def note(self, error: BaseException) -> None:
        """Remember the modules that an exception or its causes missed outside vLLM and the plugin."""
        seen: set[int] = set()
        chain: BaseException | None = error
        while chain is not None and id(chain) not in seen:
            seen.add(id(chain))
            name = getattr(chain, "name", None) if isinstance(chain, ModuleNotFoundError) else None
            if isinstance(name, str):
                top = name.split(".", 1)[0]
                if top != "vllm" and top not in self.origins.tops:
                    self.missing_modules.add(bounded(name, 300))
            chain = chain.__cause__ or chain.__context__

    def _frame(self, frame: FrameType, line: int | None) -> dict[str, Any] | None:
        code = frame.f_code
        file = code.co_filename
        if is_probe(file) or file.startswith("<frozen importlib"):
            return None
        origin, relative = self.origins.of(file)
        return {
            "file": bounded(relative, 500),
            "line": line or 0,
            "function": bounded(code.co_name, 200),
            "origin": origin,
        }


def _lacking(error: BaseException, message: str) -> dict[str, Any]:
    """Return `missing_module` and `missing_name` as far as the exception tells."""
    found: dict[str, Any] = {}
    if isinstance(error, ImportError):
        match = _NO_NAME.search(message)
        module = match.group(2) if match else error.name
        if isinstance(module, str):
            found["missing_module"] = bounded(module, 300)
        if match:
            found["missing_name"] = bounded(match.group(1), 300)
    elif isinstance(error, AttributeError):
        match = _NO_ATTRIBUTE.match(message)
        if match:
            found["missing_name"] = bounded(match.group(2), 300)
            if match.group(1):
                found["missing_module"] = bounded(match.group(1), 300)
    return found
