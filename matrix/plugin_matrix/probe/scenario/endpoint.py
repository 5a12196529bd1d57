"""Endpoint plugins: made by the engine's loader, attached to an application, initialised."""

from __future__ import annotations

import logging
from argparse import Namespace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from ..engine import first_module, unnoticed
from ..entry import Entry
from ..seen import object_seen
from .steps import Steps, load_by_engine

if TYPE_CHECKING:
    from ..context import Context

_TASKS = ("generate", "embed", "classify", "score", "token_embed", "render", "transcription")


class _Application:
    """Takes routes the way `fastapi.FastAPI` does, where that is not installed."""

    def __init__(self) -> None:
        self.routes: list[Any] = []
        self.state = SimpleNamespace()
        self.router = self

    def include_router(self, router: Any, *arguments: Any, **named: Any) -> None:
        """Take all routes of a router."""
        del arguments, named
        self.routes.extend(getattr(router, "routes", ()))

    def add_api_route(self, path: str, endpoint: Any, **named: Any) -> None:
        """Take one route."""
        del named
        self.routes.append(SimpleNamespace(path=path, endpoint=endpoint))

    def route(self, path: str, **named: Any) -> Callable[[Any], Any]:
        """Return the decorator that takes a route."""

        def take(endpoint: Any) -> Any:
            self.add_api_route(path, endpoint, **named)
            return endpoint

        return take

    get = post = put = delete = patch = options = head = websocket = middleware = route


def use_endpoint(context: Context, entry: Entry) -> None:
    """Load it as the API server does, with the plugin named in `VLLM_PLUGINS`."""
    plugins = first_module("vllm.plugins")
    load = getattr(plugins, "load_endpoint_plugins", None)
    if load is None:
        return
    loaded = load_by_engine(context, lambda: load(_TASKS))
    payload = context.payload
    if entry.id in context.tracer.raised:
        # The engine logs it and leaves the plugin out.
        payload["use_raised"] = context.tracer.raised[entry.id]
        payload["used"] = "factory"
        return
    if not loaded:
        return
    plugin = loaded[0]
    payload["object"] = object_seen(type(plugin))
    steps = Steps(context)
    steps.take("protocol", lambda: _check_protocol(plugin))
    application = _application()
    steps.take("attach_router", lambda: plugin.attach_router(application))
    steps.take("init_state", lambda: _initialise(plugin, application))


def _application() -> Any:
    try:
        from fastapi import FastAPI  # type: ignore[import-not-found] # noqa: PLC0415 - often absent

        return FastAPI()
    except ImportError:
        return _Application()


def _check_protocol(plugin: Any) -> None:
    """Ask for the members of the release's protocol; raises TypeError naming what is missing."""
    with unnoticed():
        interface = first_module("vllm.plugins.endpoint_plugins.interface")
    protocol = getattr(interface, "EndpointPlugin", None)
    members = getattr(protocol, "__protocol_attrs__", None) or {
        "name",
        "required_tasks",
        "attach_router",
        "init_state",
    }
    missing = sorted(name for name in members if not hasattr(plugin, name))
    if missing:
        raise TypeError(f"{type(plugin).__name__} lacks {', '.join(missing)} of EndpointPlugin")


def _initialise(plugin: Any, application: Any) -> None:
    import asyncio  # noqa: PLC0415 - heavy, and needed here only

    logging.getLogger("asyncio").setLevel(logging.WARNING)
    asyncio.run(plugin.init_state(None, application.state, Namespace()))
