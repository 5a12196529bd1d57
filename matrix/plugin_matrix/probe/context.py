"""What a scenario works with in its own process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Callable

from .accelerator import Accelerators
from .audit import Recorder
from .logs import LogKeeper
from .processes import Channel, run_forked
from .stand_ins.record import add, uses
from .text import bounded, decode, encode, united
from .tracebacks import Describe
from .tracing import Tracer

if TYPE_CHECKING:
    from .discovery import Discovery
    from .origin import Origins
    from .request import Request
    from .state import Observer

Payload = dict[str, Any]
_exit_self = os._exit
_kill = os.kill
_getpid = os.getpid


class Context:
    """One scenario's process: its instruments, and its way to report."""

    def __init__(
        self, request: Request, discovery: Discovery, origins: Origins, observer: Observer, channel: Channel
    ) -> None:
        self.request = request
        self.discovery = discovery
        self.observer = observer
        self.describe = Describe(origins)
        self.recorder = Recorder(self.describe, request.scratch)
        self.accelerators = Accelerators(self.recorder)
        self.logs = LogKeeper(self.describe)
        self.tracer = Tracer(self)
        self.payload: Payload = {}
        self.private: dict[str, Any] = {}
        """What the plan is told alone."""
        self._also: list[Payload] = []
        self._began = monotonic()
        self._channel = channel

    def start(self, kind: str, fields: Payload) -> None:
        """Install the instruments and say which scenario this is."""
        self.payload = {"type": kind, **fields}
        self.logs.install()
        self.observer.ignore_handler(self.logs)
        self.accelerators.install()
        self.recorder.install()
        self.tracer.install()
        self.progress()

    def progress(self, *, done: bool = False) -> None:
        """Report what is known by now; the last report counts, however the process ends."""
        self.private["torch"] = "torch" in sys.modules
        self.private["platforms"] = "vllm.platforms" in sys.modules
        report: dict[str, Any] = {
            "scenario": self._told(self.payload),
            "also": self._also,
            "done": done,
            "private": self.private,
        }
        if done and self.describe.exit_code is not None:
            report["exit"] = self.describe.exit_code
        self._channel.send(encode(report).encode("ascii"))

    def was_also(self, payload: Payload) -> None:
        """Tell of another scenario, to which belongs all that this process has done by now.

        What it has seen beside is told once, with the process's own scenario, but where something failed.
        """
        told = self._told(payload) if payload["raised"] is not None else dict(payload)
        told["ended"] = {"how": "reported", "code": 0, "seconds": round(monotonic() - self._began, 4)}
        self._also.append(decode(encode(told)))

    def _told(self, payload: Payload) -> Payload:
        return {
            **payload,
            "events": self.recorder.events,
            "log": self.logs.lines,
            "not_modelled": _not_modelled(),
            "missing_modules": sorted(self.describe.missing_modules)[:200],
            "stand_ins": uses(),
        }

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Mark that the plugin's code runs inside the block: `import` or `call`."""
        before, self.recorder.phase = self.recorder.phase, name
        try:
            yield
        finally:
            self.recorder.phase = before

    def select(self, value: str | None) -> None:
        """Set `VLLM_PLUGINS`, or remove it for None."""
        if value is None:
            os.environ.pop("VLLM_PLUGINS", None)
        else:
            os.environ["VLLM_PLUGINS"] = value

    def in_fork(self, work: Callable[[], Any]) -> Any:
        """Return what `work` returns in a forked process, as JSON values.

        This process ends as the fork did when that died or exited before it could answer.
        """
        paused, self.recorder.phase = self.recorder.phase, None

        def child(channel: Channel) -> int:
            self.recorder.phase = paused
            answer = work()
            report: dict[str, Any] = {"answer": answer, "done": True, "events": self.recorder.events}
            report["stand_ins"] = uses()
            if self.describe.exit_code is not None:
                report["exit_code"] = self.describe.exit_code
            channel.send(encode(report).encode("ascii"))
            return 0

        outcome = run_forked(child, self.request.scenario_seconds, own_group=False)
        self.recorder.phase = paused
        if outcome.ended["how"] == "reported" and outcome.report is not None:
            self.recorder.events = united(self.recorder.events, outcome.report["events"])
            add(outcome.report["stand_ins"])
            self.describe.exit_code = outcome.report.get("exit_code", self.describe.exit_code)
            return outcome.report["answer"]
        self.progress()
        code = outcome.ended["code"]
        if outcome.ended["how"] == "signal":
            _kill(_getpid(), code)
        return _exit_self(code or 70)


def _not_modelled() -> list[str]:
    reference = sys.modules.get("vllm._reference")
    names = getattr(reference, "not_modelled", ())
    return [bounded(name, 300) for name in list(names)[:200] if isinstance(name, str)]
