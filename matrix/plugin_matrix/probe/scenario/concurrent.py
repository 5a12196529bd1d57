"""One general plugin called by several threads at once."""

from __future__ import annotations

import sys
from os import getpid
from threading import Barrier, BrokenBarrierError, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..entry import GENERAL, Entry
from ..state import LASTING_KINDS, changes
from ..text import said
from .register import selection

if TYPE_CHECKING:
    from ..context import Context

_SWITCH_SECONDS = 1e-5
"""Python's default of 5 ms lets short functions run to their end undisturbed."""


def run(context: Context, *, value: str) -> None:
    """Compare the state that many calls at once lead to with that after one call."""
    payload = context.payload
    entry = Entry(GENERAL, payload["name"], value)
    context.select(selection(context, entry))
    with context.phase("import"):
        function = context.tracer.load(entry)

    def once() -> Any:
        with context.phase("call"):
            function()
        return {"state": context.observer.snapshot(), "process": getpid()}

    expected = context.in_fork(once)
    raised: list[dict[str, Any]] = []
    barrier = Barrier(payload["threads"])

    def call() -> None:
        try:
            barrier.wait()
        except BrokenBarrierError:
            return
        with context.describe.attempt() as attempt:
            function()
        if attempt.raised is not None and not _for_main_thread_only(attempt.error):
            raised.append(attempt.raised)

    threads = [Thread(target=call, daemon=True) for _ in range(payload["threads"])]
    sys.setswitchinterval(_SWITCH_SECONDS)
    deadline = monotonic() + context.request.scenario_seconds
    with context.phase("call"):
        with context.describe.attempt() as starting:
            for thread in threads:
                thread.start()
        if starting.raised is not None:
            # A plugin that starts processes without end has left none for threads.
            barrier.abort()
            raised.append(starting.raised)
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - monotonic()))
    payload["raised"] = raised
    found = changes(expected["state"], context.observer.snapshot(), LASTING_KINDS - {"signals"})
    payload["changes"] = _but_for_process(found, str(expected["process"]), str(getpid()))


def _for_main_thread_only(error: BaseException | None) -> bool:
    """Tell Python's own refusal to set a signal handler elsewhere, which no lock would change."""
    return isinstance(error, ValueError) and "main thread" in said(error)


def _but_for_process(found: list[dict[str, Any]], theirs: str, mine: str) -> list[dict[str, Any]]:
    """Leave out names that differ in the process id alone: two processes were compared."""
    gone = {
        (change["kind"], change["subject"].replace(theirs, mine)) for change in found if not change["after"]
    }
    come = {(change["kind"], change["subject"]) for change in found if not change["before"]}
    same = gone & come
    return [
        change
        for change in found
        if (change["kind"], change["subject"] if change["after"] else change["subject"].replace(theirs, mine))
        not in same
    ]
