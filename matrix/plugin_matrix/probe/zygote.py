"""A process that has imported the engine and nothing of the plugin, and forks the scenarios."""

from __future__ import annotations

import os
import sys
from json import loads
from os import close, getpid, read, write
from os.path import dirname, join
from struct import Struct
from types import ModuleType
from typing import Any

from .processes import Channel, become_subreaper, end_descendants, run_forked
from .request import Request
from .text import encode

_LENGTH = Struct(">I")
Message = dict[str, Any]


def send(descriptor: int, message: Message) -> None:
    """Write one message: a length and JSON."""
    data = encode(message).encode("ascii")
    rest = _LENGTH.pack(len(data)) + data
    while rest:
        rest = rest[write(descriptor, rest) :]


def receive(descriptor: int) -> Message | None:
    """Read one message; None at the end of the pipe."""
    head = _exactly(descriptor, _LENGTH.size)
    if head is None:
        return None
    data = _exactly(descriptor, _LENGTH.unpack(head)[0])
    return None if data is None else loads(data)


def _exactly(descriptor: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        data = read(descriptor, min(size, 1 << 16))
        if not data:
            return None
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def serve(request: Request, commands: int, replies: int) -> int:
    """Import the engine, say hello, then run one scenario per command until the pipe ends."""
    become_subreaper()
    _look_like_a_script()
    from .discovery import discover  # noqa: PLC0415 - the driver needs none of these
    from .engine import import_engine  # noqa: PLC0415
    from .origin import Origins  # noqa: PLC0415
    from .state import Observer  # noqa: PLC0415
    from .tracebacks import Describe  # noqa: PLC0415

    discovery = discover(request.distribution, request.plugin_layers)
    origins = Origins(request.plugin_layers, discovery.tops)
    hello = import_engine(Describe(origins))
    if hello["engine_raised"] is None:
        from .scenario import SCENARIOS  # noqa: PLC0415, F401 - imported once, for all the forks
    observer = Observer(origins)
    hello["entry_points"] = discovery.seen
    hello["entries"] = [list(entry) for entry in discovery.entries]
    send(replies, hello)
    while True:
        command = receive(commands)
        if command is None:
            return 0
        if command["kind"] == "torch":
            send(replies, {"torch": _import_torch(observer)})
            continue

        def work(channel: Channel, command: Message = command) -> int:
            close(commands)
            close(replies)
            return _scenario(request, discovery, origins, observer, channel, command)

        outcome = run_forked(work, command["seconds"])
        end_descendants()
        send(
            replies,
            {"ended": outcome.ended, "report": outcome.report, "tampering": outcome.tampering},
        )


def _scenario(
    request: Request, discovery: Any, origins: Any, observer: Any, channel: Channel, command: Message
) -> int:
    from .context import Context  # noqa: PLC0415
    from .scenario import SCENARIOS  # noqa: PLC0415

    context = Context(request, discovery, origins, observer, channel)
    run, kind = SCENARIOS[command["kind"]]
    fields, arguments = command["fields"], command["arguments"]
    context.start(kind, fields)
    run(context, **arguments)
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


def _import_torch(observer: Any) -> bool:
    """Import torch once, so that the scenarios that follow need not each do it."""
    del observer
    try:
        import torch  # type: ignore[import-not-found] # noqa: PLC0415, F401
    except Exception:  # noqa: BLE001 - a broken torch shows in the scenarios
        return False
    return True


def start(request: Request) -> tuple[int, int, int]:
    """Fork a zygote; returns its process id, the pipe for commands and the pipe of replies."""
    command_reading, command_writing = os.pipe()
    reply_reading, reply_writing = os.pipe()
    process = os.fork()
    if process:
        close(command_reading)
        close(reply_writing)
        return process, command_writing, reply_reading
    status = 70
    try:
        close(command_writing)
        close(reply_reading)
        os.setsid()
        status = serve(request, command_reading, reply_writing)
    except BaseException as error:  # noqa: BLE001 - nothing may climb into the driver's stack
        sys.__excepthook__(type(error), error, error.__traceback__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return getpid(), -1, -1
