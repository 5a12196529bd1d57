"""General plugins in the children of a process that has loaded them, by fork and by spawn."""

from __future__ import annotations

import pickle
from importlib import import_module
from json import loads
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from ..engine import load_general_plugins, unnoticed
from ..registries import model_is_lazy, models, models_since
from ..stand_ins.record import add
from ..state import changes
from ..worker import main as worker_main
from . import filter_case

if TYPE_CHECKING:
    from ..context import Context


def run(context: Context, *, named: list[str] | None = None) -> None:
    """Load here, load again in a child, and compare what the two have registered.

    With `named`, all that the engine loads of the plugin, loading here is told as that filter case too.
    """
    child = context.payload
    if named is not None:
        context.payload = {"type": "filter", "case": "unset", "value": None, "named": named}
        context.progress()
    context.select(None)
    known = models()
    with context.describe.attempt() as loading:
        load_general_plugins()
    if named is not None:
        context.was_also({**context.payload, "raised": loading.raised, **filter_case.seen(context)})
        context.payload = child
    if loading.raised is not None:
        context.payload["raised"] = loading.raised
        return
    context.private["models"] = _registered(known)
    mine = context.observer.shared()
    context.progress()
    if context.payload["method"] == "fork":
        answer = context.in_fork(lambda: _load_and_describe(context))
    else:
        answer = _spawned(context)
    if answer is None:
        return
    context.payload["raised"] = answer["raised"]
    if answer["raised"] is None:
        context.payload["changes"] = changes(mine, answer["state"])


def _registered(known: dict[Any, Any]) -> list[dict[str, Any]]:
    return [
        {
            "architecture": architecture,
            "target": target,
            "lazy": model_is_lazy(architecture),
            "overrides": before,
        }
        for architecture, target, before in models_since(known)
    ]


def _load_and_describe(context: Context) -> dict[str, Any]:
    with context.describe.attempt() as loading:
        load_general_plugins()
    return {"raised": loading.raised, "state": context.observer.shared()}


def _spawned(context: Context) -> dict[str, Any] | None:
    """Start a worker as the engine does, with the engine's configuration as its argument."""
    multiprocessing = get_context("spawn")
    reading, writing = multiprocessing.Pipe(duplex=False)
    with context.describe.attempt() as starting:
        worker = multiprocessing.Process(
            target=worker_main,
            args=(writing, context.request, context.discovery.tops, _configuration()),
            daemon=False,
        )
        worker.start()
    if starting.raised is not None:
        return {"raised": starting.raised}
    writing.close()
    try:
        data = reading.recv_bytes()
    except EOFError:
        worker.join()
        return {
            "raised": {
                "type": "ChildProcessError",
                "message": f"the spawned worker ended with status {worker.exitcode} while it started",
            }
        }
    worker.join()
    answer = loads(data)
    context.describe.missing_modules.update(answer.pop("missing_modules"))
    add(answer.pop("stand_ins"))
    return answer  # type: ignore[no-any-return]


def _configuration() -> Any:
    """Return the engine's default configuration where this release can make one without a model.

    Raises whatever pickling it raises: no worker could be given it.
    """
    try:
        with unnoticed():
            configuration = import_module("vllm.config").VllmConfig()
    except Exception:  # noqa: BLE001 - a release that needs a model, torch or a device for it
        return None
    pickle.dumps(configuration)
    return configuration
