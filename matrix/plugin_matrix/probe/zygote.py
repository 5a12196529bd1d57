"""An interpreter that has imported the engine and nothing of the plugin, and forks the scenarios."""

from __future__ import annotations

import gc
import os
import sys
from collections import namedtuple
from contextlib import suppress
from os import close, pathsep, read, write
from os.path import dirname, join
from struct import Struct
from types import ModuleType

from .processes import Channel, become_subreaper, become_traceable, end_descendants, run_forked
from .request import Request
from .text import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Message = dict[str, Any]

_LENGTH = Struct(">I")
_MAX_MESSAGE = 64 * 1024 * 1024
_LOADING = ("register", "filter")
"""Scenarios that come in numbers and load all plugins, for which some releases (0.7.0 to 0.10.0) import
`vllm.platforms`: that is done once, then, for those that follow."""
Apart = namedtuple("Apart", ("ahead", "beside"))
"""How a scenario is run apart from the others: what those are forked with, in its order, and how many spare
processes wait beside it, then beside each of those."""
_Ready = namedtuple("_Ready", ("discovery", "origins", "observer", "hello"))


def framed(message: Message) -> bytes:
    """Return one message as it is sent: a length and JSON."""
    data = encode(message).encode("ascii")
    return _LENGTH.pack(len(data)) + data


def send(descriptor: int, message: Message) -> None:
    """Write one message."""
    rest = framed(message)
    while rest:
        rest = rest[write(descriptor, rest) :]


def receive(descriptor: int) -> Message | None:
    """Read one message; None at the end of the pipe, or for what is no message of ours."""
    head = _exactly(descriptor, _LENGTH.size)
    if head is None or _LENGTH.unpack(head)[0] > _MAX_MESSAGE:
        return None
    data = _exactly(descriptor, _LENGTH.unpack(head)[0])
    try:
        message = None if data is None else decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _exactly(descriptor: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        data = read(descriptor, min(size, 1 << 16))
        if not data:
            return None
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def main(commands: int, replies: int, warm: Any = None) -> int:
    """Serve in an interpreter that has just started; returns its exit status.

    One that was forked from a `warm` interpreter has modules that nobody has imported yet.
    """
    for descriptor in (commands, replies):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the signature is Python's
    message = receive(commands)
    if message is None:
        return 0
    send(replies, {"started": True})
    request = Request.from_json(message, message["scratch"])
    if message.get("apart") is not None:
        return serve_apart(request, commands, replies, Apart(*message["apart"]), warm)
    return serve(request, commands, replies, forked=warm is not None)


def serve(request: Request, commands: int, replies: int, *, forked: bool = False) -> int:
    """Import the engine, say hello, then run one scenario per command until the pipe ends."""
    become_subreaper()
    _look_like_a_script()
    ready = _import_engine(request, forked=forked)
    send(replies, ready.hello)
    while True:
        command = receive(commands)
        if command is None:
            return 0
        if command["kind"] == "torch":
            send(replies, {"torch": import_torch()})
            continue

        def work(channel: Channel, command: Message = command) -> int:
            close(commands)
            close(replies)
            return _scenario(request, ready, channel, command)

        reply = _run(work, command)
        send(replies, reply)
        if imported_platforms(command["kind"], reply["report"]):
            _import_platforms()


def serve_apart(request: Request, commands: int, replies: int, apart: Apart, warm: Any) -> int:
    """Run one scenario in a process that has forked spare ones before it imported anything."""
    become_subreaper()
    _look_like_a_script()
    send(replies, {})
    command = receive(commands)
    if command is None:
        return 0
    end_descendants()  # There are none; a process of the other zygote has what this imports.

    def work(channel: Channel) -> int:
        close(commands)
        close(replies)
        # Not imported: the plugin would find it among the modules, where in other processes it is not.
        warm.kept(f"{__package__}.spare").wait_beside(warm, apart.beside)
        ready = _import_engine(request, forked=True)
        for name in apart.ahead:
            _AHEAD[name]()
        return _scenario(request, ready, channel, command)

    send(replies, _run(work, command))
    return 0


def _run(work: Callable[[Channel], int], command: Message) -> Message:
    outcome = run_forked(work, command["seconds"])
    end_descendants()
    return {"ended": outcome.ended, "report": outcome.report, "tampering": outcome.tampering}


def _import_engine(request: Request, *, forked: bool) -> _Ready:
    """Import the engine and what scenarios are run with."""
    gc.disable()  # Nothing that is imported here is garbage, and looking for some takes a tenth of the time.
    from .discovery import discover  # noqa: PLC0415 - the driver needs none of these
    from .engine import import_engine  # noqa: PLC0415
    from .origin import Origins  # noqa: PLC0415
    from .state import Observer  # noqa: PLC0415
    from .tracebacks import Describe  # noqa: PLC0415

    discovery = discover(request.distribution, request.plugin_layers)
    origins = Origins(request.plugin_layers, discovery.tops)
    if request.wants_stand_ins:
        from .stand_ins.installing import install  # noqa: PLC0415

        install(request, origins)
    hello = import_engine(Describe(origins))
    if hello["engine_raised"] is None:
        from . import context  # noqa: PLC0415, F401 - imported once, for all the forks
        from .scenario import USUAL, scenario  # noqa: PLC0415

        for kind in USUAL:
            scenario(kind)
    observer = Observer(origins)
    hello["entry_points"] = discovery.seen
    hello["entries"] = [list(entry) for entry in discovery.entries]
    # Everything into the oldest generation, so that forks do not touch, and so copy, all of it.
    gc.freeze()
    if not forked:  # There, what is frozen is not ours alone: looking through it would copy it.
        gc.unfreeze()
    gc.enable()
    return _Ready(discovery, origins, observer, hello)


def imported_platforms(kind: str, report: Message | None) -> bool:
    """Tell whether the scenarios after this one are forked with `vllm.platforms`."""
    return kind in _LOADING and bool(((report or {}).get("private") or {}).get("platforms"))


def _scenario(request: Request, ready: _Ready, channel: Channel, command: Message) -> int:
    from .context import Context  # noqa: PLC0415
    from .scenario import scenario  # noqa: PLC0415

    context = Context(request, ready.discovery, ready.origins, ready.observer, channel)
    run = scenario(command["kind"])
    context.start(command["kind"], command["fields"])
    try:
        run(context, **command["arguments"])
    except Exception as error:
        raised = context.describe(error)
        # Without any of these it is the probe's own failure.
        if {"engine", "plugin"} & {frame["origin"] for frame in raised["frames"]}:
            context.payload["escaped"] = raised
            context.progress()
        raise
    context.progress(done=True)
    return context.describe.exit_code or 0


def _look_like_a_script() -> None:
    """Give the process the main module and arguments of some script that uses vLLM.

    Spawned children run the main module again; this one makes the probe importable there.
    """
    main = ModuleType("__main__")
    main.__file__ = join(dirname(__file__), "spawned.py")
    main.__spec__ = None
    sys.modules["__main__"] = main
    sys.argv[:] = ["vllm"]


def import_torch() -> bool:
    """Import torch once, so that the scenarios that follow need not each do it."""
    try:
        import torch  # type: ignore[import-not-found] # noqa: PLC0415, F401
    except Exception:  # noqa: BLE001 - a broken torch shows in the scenarios
        return False
    return True


def _import_platforms() -> None:
    from .engine import import_platforms  # noqa: PLC0415 - the driver needs none of this

    import_platforms()


_AHEAD = {"torch": import_torch, "platforms": _import_platforms}


def _keep_only(*kept: int) -> None:
    """Close what an executed program would not have, such as the pipes of another zygote."""
    low = 3
    for descriptor in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        os.closerange(low, descriptor)
        low = descriptor + 1


def can_be_forked(request: Request) -> bool:
    """Tell whether a zygote that is started here is a fork of a warm interpreter."""
    warm = sys.modules.get(f"{__package__}.warm.serving")
    return warm is not None and warm.fits(request.search_path)


def start(request: Request, apart: Apart | None = None) -> tuple[int, int, int]:
    """Start a zygote; returns its process id, the pipe for commands and the pipe of replies.

    With `apart` it serves one scenario.

    It is a fresh interpreter, so that what the plugin does to the start of Python (`sitecustomize`) happens
    there as it does for users, and that processes started from there find the plugin as it does. Where this
    process was forked from a warm interpreter it is a fork of that, made fresh, if that makes no difference.
    """
    warm = sys.modules.get(f"{__package__}.warm.serving")
    command_reading, command_writing = os.pipe()
    reply_reading, reply_writing = os.pipe()
    environment = {**os.environ, "PYTHONPATH": pathsep.join(request.search_path)}
    executable = sys.executable if warm is None else warm.executable()
    arguments = [join(dirname(__file__), "__main__.py"), str(command_reading), str(reply_writing)]
    process = os.fork()
    if process:
        close(command_reading)
        close(reply_writing)
        with suppress(BrokenPipeError):
            send(command_writing, {**request.to_json(), "apart": apart})
        return process, command_writing, reply_reading
    forked = can_be_forked(request)
    try:
        os.setsid()
        if not forked:
            for descriptor in (command_reading, reply_writing):
                os.set_inheritable(descriptor, True)  # noqa: FBT003 - the signature is Python's
            argv = [executable, "-B", *arguments]
            os.execve(executable, argv, environment)  # noqa: S606 - a shell is not wanted
        _keep_only(command_reading, reply_writing)
        become_traceable()
    except BaseException:  # noqa: BLE001 - nothing may climb into the driver's stack
        os._exit(70)

    def run() -> None:
        warm.show()  # type: ignore[union-attr]
        from plugin_matrix_probe.zygote import (  # type: ignore[import-not-found] # noqa: PLC0415 - as `__main__` does
            main as serve_forked,
        )

        os._exit(serve_forked(command_reading, reply_writing, warm))

    return warm.start_again(arguments, environment, run)  # type: ignore[union-attr,no-any-return]
