"""The probe's first process: plans the scenarios, outlives them all and writes the result."""

from __future__ import annotations

import os
import select
import sys
from _signal import SIGKILL  # type: ignore[import-not-found] # `signal` makes enumerations of its names
from contextlib import suppress
from time import monotonic, sleep

from .plan import Plan
from .processes import become_subreaper, become_untraceable, end_descendants
from .request import Request
from .starvation import MOST_TIMES
from .text import decode, encode
from .zygote import Apart, can_be_forked, imported_platforms, receive, send, start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .zygote import Message

_START_SECONDS = 10.0
"""An interpreter starts in twenty milliseconds on an idle machine."""
_IMPORT_SECONDS = 120.0
"""A real engine imports in ten seconds on an idle machine."""
_GRACE_SECONDS = 5.0
_RESTARTS = 3
_STARTS_PROCESSES = ("child", "model")
_OF_A_WORKER = 2
"""Interpreters for the first worker of a process: it, and what tracks `multiprocessing`'s resources."""
_LAST_TO_INSPECT_ANEW = 21
"""Minor release."""
_WITH_TORCH = 3
"""Times the limit of one scenario for those whose processes import torch anew."""
_MAX_RESULT = 7 * 1024 * 1024
_USAGE = 2


class ZygoteDiedError(Exception):
    """The zygote is gone, which no scenario should be able to bring about."""


class NotStartedError(Exception):
    """The zygote's interpreter ended, or hung, before any code of the probe's ran in it."""

    def __init__(self, ended: dict[str, Any]) -> None:
        super().__init__()
        self.ended = ended
        """How, as `Ended`."""


class Zygote:
    """The driver's side of a zygote."""

    def __init__(self, request: Request, apart: Apart | None = None) -> None:
        self._process, self._commands, self._replies = start(request, apart)
        self._status: int | None = None

    def begin(self, seconds: float) -> Message:
        """Wait for the interpreter's start and the engine's import; returns what the zygote says of it.

        Raises `NotStartedError`, `ZygoteDiedError` or `TimeoutError`.
        """
        started = monotonic()
        try:
            self.reply(max(_START_SECONDS, seconds))
        except TimeoutError:
            ended = {"how": "timeout", "seconds": round(monotonic() - started, 4)}
            raise NotStartedError(ended) from None
        except ZygoteDiedError:
            raise NotStartedError(self._how_it_ended(started)) from None
        return self.reply(max(_IMPORT_SECONDS, seconds))

    def _how_it_ended(self, started: float) -> dict[str, Any]:
        """Wait for the exit of a process that has closed its pipe."""
        while monotonic() < started + _GRACE_SECONDS:
            if os.waitid(os.P_PID, self._process, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None:
                break
            sleep(0.01)
        code = os.waitstatus_to_exitcode(self.end())
        how = "signal" if code < 0 else "exit"
        return {"how": how, "code": abs(code), "seconds": round(monotonic() - started, 4)}

    def ask(self, message: Message, seconds: float) -> Message:
        """Send a command and return the reply; raises `ZygoteDiedError`."""
        try:
            send(self._commands, message)
        except BrokenPipeError:
            raise ZygoteDiedError from None
        return self.reply(seconds)

    def reply(self, seconds: float) -> Message:
        """Return the next reply; raises `ZygoteDiedError`, or `TimeoutError` when none comes."""
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        if not poll.poll(seconds * 1000):
            raise TimeoutError
        message = receive(self._replies)
        if message is None:
            raise ZygoteDiedError
        return message

    def end(self, *, alone: bool = True) -> int:
        """End the zygote and everything below it; returns its exit status as `waitpid` gives it.

        Where it is not alone, what it has left is for the end of the other.
        """
        if self._status is not None:
            return self._status
        os.close(self._commands)
        os.close(self._replies)
        with suppress(ProcessLookupError):
            os.kill(self._process, SIGKILL)
        self._status = os.waitpid(self._process, 0)[1]
        if alone:
            end_descendants()
        return self._status


class Driver:
    """Runs the plan against a zygote, starting another one when a plugin has killed it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.tampering: list[str] = []
        self._deadline = monotonic() + request.total_seconds
        self._zygote: Zygote | None = None
        self._restarts = 0
        self._ahead: list[str] = []
        """What the zygote has imported beside the engine, in its order."""

    def observe(self) -> dict[str, Any]:
        """Return the whole observation."""
        observation: dict[str, Any] = {
            "schema": 1,
            "python": ".".join(map(str, sys.version_info[:3])),
            "engine_version": "",
        }
        self._zygote = Zygote(self.request)
        try:
            hello = self._zygote.begin(self.request.scenario_seconds)
        except (TimeoutError, ZygoteDiedError) as error:
            self._zygote.end()
            observation["engine_raised"] = _engine_failed(error)
            return observation
        except NotStartedError as error:
            self._zygote.end()
            # Whose doing it is, a start without the plugin tells.
            starts = self._starts_without_plugin()
            found = {"start_ended": error.ended} if starts else {"engine_raised": _engine_failed(error)}
            return {**observation, **found}
        entries = hello.pop("entries")
        observation.update(hello)
        scenarios: list[dict[str, Any]] = []
        if observation["engine_raised"] is None:
            anew = _inspects_anew(str(hello["engine_version"]))
            plan = Plan(self.request, entries, self.run, scenarios, inspects_anew=anew)
            plan.run()
        if self._zygote is not None:
            self._zygote.end()
        observation["scenarios"] = scenarios
        return observation

    def run(self, kind: str, fields: dict[str, Any], arguments: dict[str, Any]) -> Message | None:
        """Run one scenario; None when the time for all of them is used up."""
        left = self._deadline - monotonic()
        if left <= 1 or (self._zygote is None and not self._restart()) or self._zygote is None:
            return None
        slow = _WITH_TORCH if self.request.torch and kind in _STARTS_PROCESSES else 1
        seconds = min(self.request.scenario_seconds * slow, left)
        command = {"kind": kind, "fields": fields, "arguments": arguments, "seconds": seconds}
        if kind == "torch":
            self._note_ahead("torch")
        apart = self._apart(_executed(kind, fields, arguments))
        zygote = apart or self._zygote
        try:
            reply = zygote.ask(
                command,
                (1 + MOST_TIMES) * seconds + _GRACE_SECONDS + (_IMPORT_SECONDS if kind == "torch" else 0),
            )
        except (TimeoutError, ZygoteDiedError):
            if apart is None:
                self._zygote.end()
                self._zygote = None
            self.tampering.append(f"scenario `{kind}`: the probe's own process was ended")
            return {"ended": {"how": "signal", "code": SIGKILL, "seconds": 0.0}, "report": None}
        finally:
            if apart is not None:
                apart.end(alone=False)
        if imported_platforms(kind, reply.get("report")):
            self._note_ahead("platforms")
        if reply.get("tampering"):
            self.tampering.append(f"scenario `{kind}`: {reply['tampering']}")
        return reply

    def _note_ahead(self, name: str) -> None:
        if name not in self._ahead:
            self._ahead.append(name)

    def _apart(self, beside: list[int]) -> Zygote | None:
        """Return a zygote whose scenario has spare processes; None where there is no warm interpreter."""
        if not beside or not can_be_forked(self.request):
            return None
        zygote = Zygote(self.request, Apart(self._ahead, beside))
        try:
            zygote.begin(self.request.scenario_seconds)
        except (TimeoutError, ZygoteDiedError, NotStartedError):
            zygote.end(alone=False)
            return None
        return zygote

    def _restart(self) -> bool:
        self._restarts += 1
        if self._restarts > _RESTARTS:
            return False
        self._zygote = Zygote(self.request)
        try:
            self._zygote.begin(self.request.scenario_seconds)
            if "torch" in self._ahead:
                self._zygote.ask({"kind": "torch"}, _IMPORT_SECONDS)
        except (TimeoutError, ZygoteDiedError, NotStartedError):
            self._zygote.end()
            self._zygote = None
            return False
        return True

    def _starts_without_plugin(self) -> bool:
        zygote = Zygote(self.request._replace(plugin_layers=(), dependency_layers=()))
        try:
            zygote.begin(self.request.scenario_seconds)
        except NotStartedError:
            return False
        except (TimeoutError, ZygoteDiedError):
            return True
        finally:
            zygote.end()
        return True


def _executed(kind: str, fields: dict[str, Any], arguments: dict[str, Any]) -> list[int]:
    """Return how many interpreters a scenario executes, and how many a worker of those does."""
    if kind == "child":
        return [_OF_A_WORKER, 0] if fields["method"] == "spawn" else []
    if kind != "model" or not fields["torch"]:
        return []
    # One that is registered by its name is inspected in a process of its own.
    if arguments.get("alone"):
        return [2, 0]  # when the probe asks, and when the engine is made
    if arguments.get("spawning"):
        return [_OF_A_WORKER + 1, 1]  # when the engine is made, and in its core
    here = _OF_A_WORKER * bool(fields["generates"]) + bool(fields["lazy"])
    return [here, 0] if here else []


def _inspects_anew(version: str) -> bool:
    """Tell whether a release inspects a model whenever an engine is made.

    From 0.11.0 on it keeps what came of it in a file, that of a plugin's module from 0.22.0 on
    (`vllm/model_executor/models/registry.py:883`, 0.22.0).
    """
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return major == "0" and minor.isdecimal() and int(minor) <= _LAST_TO_INSPECT_ANEW


def main(arguments: list[str]) -> int:
    """Run the probe; returns the exit status: 0 when a result was written."""
    if len(arguments) != 2:  # noqa: PLR2004 - request and result
        sys.stderr.write("usage: python -I -S <probe>/__main__.py <request.json> <result.json>\n")
        return _USAGE
    request_path, result_path = arguments
    with open(request_path, encoding="utf-8") as file:
        request = Request.from_json(decode(file.read()), os.path.dirname(os.path.abspath(request_path)))
    _detach()
    driver = Driver(request)
    observation = driver.observe()
    if os.path.lexists(result_path):
        driver.tampering.append("the path of the result was taken before the probe wrote it")
        os.unlink(result_path)
    observation["tampering"] = driver.tampering[:100]
    _write(result_path, _fitting(observation))
    return 0


def _detach() -> None:
    """Read nothing from standard input, and hold no file that is not the probe's."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.closerange(3, 256)
    become_subreaper()
    become_untraceable()


def _fitting(observation: dict[str, Any]) -> bytes:
    """Encode; leave out ever more of the long lists until the result is small enough to be read."""
    data = encode(observation).encode("ascii")
    for keep in (40, 5, 0):
        if len(data) <= _MAX_RESULT:
            break
        _shorten(observation["scenarios"], keep)
        data = encode(observation).encode("ascii")
    return data


def _shorten(value: Any, keep: int) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("changes", "events", "log", "frames") and isinstance(item, list):
                del item[keep:]
            _shorten(item, keep)
    elif isinstance(value, list):
        for item in value:
            _shorten(item, keep)


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _engine_failed(error: Exception) -> dict[str, Any]:
    if isinstance(error, TimeoutError):
        return {"type": "TimeoutError", "message": "importing vllm did not come to an end"}
    if isinstance(error, NotStartedError):
        return {"type": "SystemExit", "message": "the interpreter did not start"}
    return {"type": "SystemExit", "message": "the process ended while it imported vllm"}
