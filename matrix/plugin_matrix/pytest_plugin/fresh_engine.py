"""Interpreters that have just imported vLLM: the probe's zygote, and nothing between it and the tests."""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from os.path import abspath
from typing import Any

from ..probe.request import SCHEMA, Request
from ..probe.starvation import MOST_TIMES
from ..probe.zygote import receive, send, start

_IMPORT_SECONDS = 180.0
_GRACE_SECONDS = 10.0


class EngineFailedError(RuntimeError):
    """vLLM cannot be imported, or its process is gone: nothing can be said of a plugin."""


class FreshEngine:
    """One interpreter and what it has forked so far; each observation is a fork of it."""

    def __init__(self, distribution: str, *, repeat: int, seconds: float, scratch: str) -> None:
        request = Request.from_json(
            {
                "schema": SCHEMA,
                "distribution": distribution,
                "companions": [],
                "layers": {"plugin": [], "companions": [], "dependencies": _in_front(), "engine": []},
                "repeat": repeat,
                "threads": 2,
                "scenario_seconds": seconds,
                "torch": False,
                "scratch": scratch,
            },
            scratch,
        )
        self._seconds = seconds
        self._process, self._commands, self._replies = start(request)
        self._reply(_IMPORT_SECONDS)  # that it has started
        hello = self._reply(_IMPORT_SECONDS)
        failed = hello.get("engine_raised")
        if failed:
            self.end()
            raise EngineFailedError(f"vLLM cannot be imported here: {failed['type']}: {failed['message']}")

    def observe(
        self, kind: str, fields: dict[str, Any], arguments: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Run one scenario of the probe's; returns how its process ended and what was seen."""
        command = {"kind": kind, "fields": fields, "arguments": arguments, "seconds": self._seconds}
        try:
            send(self._commands, command)
        except BrokenPipeError:
            raise EngineFailedError("The process that had imported vLLM is gone.") from None
        reply = self._reply((1 + MOST_TIMES) * self._seconds + _GRACE_SECONDS)
        return reply["ended"], (reply.get("report") or {}).get("scenario") or {}

    def end(self) -> None:
        """End the interpreter: it goes when its pipe is closed."""
        for descriptor in (self._commands, self._replies):
            with suppress(OSError):
                os.close(descriptor)
        with suppress(ChildProcessError):
            os.waitpid(self._process, 0)

    def _reply(self, seconds: float) -> dict[str, Any]:
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        message = receive(self._replies) if poll.poll(seconds * 1000) else None
        if message is None:
            self.end()
            raise EngineFailedError("The process that was to import vLLM has ended, or does not answer.")
        return message


def _in_front() -> list[str]:
    """Return what this process has in front of the standard library on `sys.path`, whoever put it there.

    pytest puts the directories of tests and those of its setting `pythonpath` there.
    """
    entries = []
    for entry in sys.path:
        if entry.endswith(".zip") or abspath(entry or ".").startswith(_STANDARD_LIBRARY):
            break
        entries.append(abspath(entry or "."))
    return entries


_STANDARD_LIBRARY = os.path.dirname(os.__file__)
