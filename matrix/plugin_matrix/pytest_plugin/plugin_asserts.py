"""What a plugin owes vLLM's loader, as assertions."""

from __future__ import annotations

import sys
from os.path import abspath, dirname
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from ..probe.entry import GENERAL, PLATFORM
from ..probe.text import encode, said
from .engine_range import installed_engine
from .fresh_engine import FreshEngine
from .isolation import how_it_ended, in_fork
from .loading import UnknownPluginError, of_distributions, unknown_text
from .state_watch import StateWatch, as_changes, as_lines

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from typing import Union

    from ..probe.processes import Channel

    Plugin = Union[str, Callable[[], Any]]

TIMES = 10
SECONDS = 60.0
_NOBODY = "no-plugin-has-this-name"


class PluginAsserts:
    """Assertions about general plugins, each in a process that has imported vLLM and loaded nothing."""

    def __init__(self, scratch: str) -> None:
        self._scratch = scratch
        self._engines: dict[tuple[str, int], FreshEngine] = {}

    def close(self) -> None:
        """End the interpreters that were started."""
        for engine in self._engines.values():
            engine.end()
        self._engines.clear()

    def assert_reentrant(self, plugin: Plugin, times: int = TIMES) -> None:
        """Assert that calling a general plugin again leaves the process as the first call left it.

        `plugin` is the name of its entry point, loaded in a fresh interpreter by vLLM's own loader, or a
        function, called in a fork of this process. vLLM calls plugins in every process it starts, and in some
        of them more than once.
        """
        __tracebackhide__ = True
        if times < 2:  # noqa: PLR2004 - again
            raise ValueError(f"times is {times}; calling again takes at least 2")
        if callable(plugin):
            name, calls = _name_of(plugin), _called_in_fork(plugin, times)
        else:
            distribution, point = _found(plugin)
            name = point.value
            calls = self._calls(distribution, point, times)
        _judge_calls(name, calls)

    def assert_filtered(self, name: str) -> None:
        """Assert that a plugin that `VLLM_PLUGINS` does not name is neither called nor even imported."""
        __tracebackhide__ = True
        distribution, point = _found(name)
        for case, value in (("other", _NOBODY), ("empty", "")):
            fields = {"case": case, "value": value, "named": []}
            seen = self._observed(distribution, "filter", fields, {}, point.value)
            where = f"With VLLM_PLUGINS={value!r} vLLM was told to leave {name!r} out, and {{}}{_on()}."
            if seen.get("called"):
                raise AssertionError(where.format(f"{', '.join(seen['called'])} was called"))
            if seen.get("imported"):
                raise AssertionError(
                    where.format(f"{', '.join(seen['imported'])} is imported all the same")
                    + " Something imports it when Python starts: a .pth file, say, or another plugin."
                )

    def assert_same_in_workers(self, name: str) -> None:
        """Assert that forked and spawned processes come to the same registrations as their parent.

        All plugins of this environment are loaded, as vLLM does where `VLLM_PLUGINS` is not set.
        """
        __tracebackhide__ = True
        distribution, _ = _found(name)
        for method in ("fork", "spawn"):
            seen = self._observed(
                distribution, "child", {"method": method}, {}, "all plugins, in two processes"
            )
            if seen.get("raised"):
                raise AssertionError(
                    f"Plugins cannot be loaded in a process made by {method}{_on()}:"
                    f"\n{_raised(seen['raised'])}"
                )
            found = as_changes(seen.get("changes") or ())
            if found:
                raise AssertionError(
                    f"A process made by {method} comes to other registrations than its parent{_on()}:\n"
                    f"{as_lines(found)}"
                )

    def _calls(self, distribution: str, point: EntryPoint, times: int) -> list[dict[str, Any]]:
        __tracebackhide__ = True
        seen = self._observed(
            distribution, "register", {"name": point.name}, {"value": point.value}, point.value, times=times
        )
        calls: list[dict[str, Any]] = seen.get("calls") or []
        if not calls and seen.get("loader_raised"):
            raise AssertionError(f"Loading plugins fails{_on()}:\n{_raised(seen['loader_raised'])}")
        return calls

    def _observed(
        self,
        distribution: str,
        kind: str,
        fields: dict[str, Any],
        arguments: dict[str, Any],
        what: str,
        *,
        times: int = TIMES,
    ) -> dict[str, Any]:
        __tracebackhide__ = True
        engine = self._engines.get((distribution, times))
        if engine is None:
            engine = FreshEngine(distribution, repeat=times, seconds=SECONDS, scratch=self._scratch)
            self._engines[distribution, times] = engine
        ended, seen = engine.observe(kind, fields, arguments)
        if ended["how"] != "reported":
            _fail(f"vLLM was given {what}{_on()}, and {how_it_ended(ended, SECONDS)}.")
        return seen


def _found(name: str) -> tuple[str, EntryPoint]:
    """Return distribution and entry point of a general plugin, by its name or by `module:function`."""
    __tracebackhide__ = True
    all_points = of_distributions()
    general = [(distribution, point) for distribution, point in all_points if point.group == GENERAL]
    for distribution, point in general:
        if name in (point.name, point.value):
            return distribution, point
    if any(name in (point.name, point.value) and point.group == PLATFORM for _, point in all_points):
        raise UnknownPluginError(f"{name!r} is a platform plugin; this is asked of {GENERAL} alone.")
    raise UnknownPluginError(unknown_text(name, {point.name for _, point in general}))


def _name_of(function: Callable[[], Any]) -> str:
    return f"{getattr(function, '__module__', '?')}:{getattr(function, '__qualname__', repr(function))}"


def _called_in_fork(function: Callable[[], Any], times: int) -> list[dict[str, Any]]:
    """Call a function again and again in a forked process, as the probe does with entry points."""
    from ..probe.state import changes  # noqa: PLC0415 - beside what only this needs

    module = sys.modules.get(str(getattr(function, "__module__", "")))
    file = getattr(module, "__file__", None)
    layers = (dirname(abspath(file)),) if file else ()

    def work(channel: Channel) -> int:
        watch = StateWatch(layers)
        calls: list[dict[str, Any]] = []
        first = None
        for index in range(1, times + 1):
            raised = None
            try:
                function()
            except Exception as error:  # noqa: BLE001 - it is the plugin's
                raised = {"type": type(error).__name__, "message": said(error), "frames": _frames(error)}
            after = watch.snapshot() if first is None else watch.settled(first)
            found: list[dict[str, Any]] = [] if first is None else changes(first, after)
            first = first or after
            calls.append({"index": index, "raised": raised, "changes": found})
            if raised:
                break
        channel.send(encode({"calls": calls, "done": True}).encode("ascii"))
        return 0

    __tracebackhide__ = True
    outcome = in_fork(work, SECONDS)
    if outcome.ended["how"] != "reported" or not outcome.report:
        _fail(f"{_name_of(function)} was called{_on()}, and {how_it_ended(outcome.ended, SECONDS)}.")
    return outcome.report["calls"]  # type: ignore[no-any-return]


def _frames(error: BaseException) -> list[dict[str, Any]]:
    return [{"file": frame.filename, "line": frame.lineno} for frame in extract_tb(error.__traceback__)[1:]]


def _judge_calls(name: str, calls: list[dict[str, Any]]) -> None:
    """Raise what is wrong with a row of calls.

    As in `plugin_matrix.rules.calls`, only the state after the last call is held against that after the
    first: what came and went in between is no growth.
    """
    __tracebackhide__ = True
    if not calls:
        _fail(f"vLLM did not call {name}{_on()}: another distribution has its name.")
    for call in calls:
        if call["raised"]:
            raise AssertionError(f"Call {call['index']} of {name} fails{_on()}:\n{_raised(call['raised'])}")
    found = as_changes(calls[-1]["changes"])
    if found:
        raise AssertionError(
            f"{name} is not re-entrant{_on()}: {len(calls)} calls leave what one call does not."
            f"\n{as_lines(found)}"
        )


def _raised(raised: dict[str, Any]) -> str:
    frames = [f"  {frame['file']}:{frame['line']}" for frame in raised.get("frames") or () if "file" in frame]
    return "\n".join([f"  {raised['type']}: {raised['message']}", *frames[-5:]])


def _on() -> str:
    engine = installed_engine()
    return f" on vLLM {engine}" if engine else ""


def _fail(message: str) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError(message)
