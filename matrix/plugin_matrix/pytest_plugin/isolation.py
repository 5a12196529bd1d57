"""Tests in processes of their own: what a plugin does to one reaches no other test."""

from __future__ import annotations

import json
import os
import warnings
from typing import TYPE_CHECKING, Any, Callable

import pytest
from _pytest import runner  # the protocol has no public name; plugins that fork use this one

if TYPE_CHECKING:
    from ..probe.processes import Channel

SECONDS = 300.0
_inside: list[bool] = []


def inside() -> bool:
    """Tell whether this process is that of one test already."""
    return bool(_inside)


def seconds_of(marker: pytest.Mark) -> float:
    """Return how long a marked test may take."""
    return float(marker.kwargs.get("seconds", marker.args[0] if marker.args else SECONDS))


def run(item: pytest.Item, nextitem: pytest.Item | None, *, seconds: float) -> None:
    """Set up, call and tear down one test in a forked process, and report it from there.

    Fixtures of a wider scope that are set up already are shared with it, and are not torn down there.
    """
    if not hasattr(os, "fork"):
        _report(item, [_failure(item, "isolated tests need os.fork, which this system does not have")])
        return

    def work(channel: Channel) -> int:
        _inside.append(True)
        _start_afresh()
        reports = runner.runtestprotocol(item, log=False, nextitem=item.parent)  # type: ignore[arg-type]
        serialise = item.config.hook.pytest_report_to_serializable
        data = [serialise(config=item.config, report=report) for report in reports]
        channel.send(json.dumps({"reports": data, "done": True}, default=str).encode("ascii"))
        return 0

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    outcome = in_fork(work, seconds)
    if outcome.ended["how"] == "reported" and outcome.report:
        reports = [_restored(item, data) for data in outcome.report["reports"]]
    else:
        reports = [_failure(item, how_it_ended(outcome.ended, seconds))]
    _report(item, reports)
    _leave_scopes(item, nextitem)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def in_fork(work: Callable[[Channel], int], seconds: float) -> Any:
    """Do `work` in a forked process and return its outcome; the other processes of this one stay.

    Python 3.12 and later warn of forks of processes with threads, which torch makes as it is imported.
    The child has the warning filters that are in force here.
    """
    from ..probe.processes import run_forked  # noqa: PLC0415 - not on every system

    quiet = warnings.catch_warnings()

    def warned_work(channel: Channel) -> int:
        quiet.__exit__(None, None, None)
        return work(channel)

    with quiet:
        warnings.simplefilter("ignore", DeprecationWarning)
        return run_forked(warned_work, seconds, own_group=False)


def how_it_ended(ended: dict[str, Any], seconds: float) -> str:
    """Return in words how a process ended that did not report."""
    if ended["how"] == "timeout":
        return f"its process had not returned after {seconds:g} s and was ended"
    if ended["how"] == "signal":
        return f"its process was ended by signal {ended['code']}"
    return f"its process ended itself with exit status {ended['code']}"


def _restored(item: pytest.Item, data: dict[str, Any]) -> Any:
    report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
    if isinstance(report.longrepr, list):  # JSON's; where a test was skipped pytest wants a tuple
        report.longrepr = tuple(report.longrepr)
    return report


def _start_afresh() -> None:
    from .engine_range import installed_engine  # noqa: PLC0415 - in the child alone
    from .loading import forget_what_was_loaded  # noqa: PLC0415

    if installed_engine() is not None:
        forget_what_was_loaded()


def _report(item: pytest.Item, reports: list[Any]) -> None:
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)


def _failure(item: pytest.Item, message: str) -> Any:
    def fail() -> None:
        pytest.fail(message, pytrace=False)

    call = pytest.CallInfo.from_call(fail, when="call")
    return item.ihook.pytest_runtest_makereport(item=item, call=call)


def _leave_scopes(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Tear down here what the next test does not share."""
    call = pytest.CallInfo.from_call(lambda: runner.pytest_runtest_teardown(item, nextitem), when="teardown")
    if call.excinfo is not None:
        _report(item, [item.ihook.pytest_runtest_makereport(item=item, call=call)])
