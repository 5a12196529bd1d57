"""The protocol of endpoint plugins, and attaching them.

`vllm/plugins/endpoint_plugins/interface.py`, 0.26.0.

From 0.32.0 a plugin's route replaces an earlier one with the same path and method, and the last plugin
wins. The reference engine needs no web framework: an application is anything with `routes`, `router.routes`
and `state`, a route anything with `path` and `methods`.
"""

from __future__ import annotations

from copy import copy
from typing import Any, List, Protocol, runtime_checkable

from vllm._reference import trim, value
from vllm.logger import init_logger

logger = init_logger(__name__)


@runtime_checkable
class EndpointPlugin(Protocol):
    """What an entry point's factory returns."""

    name: str
    required_tasks: Any

    def attach_router(self, app: Any) -> None:
        """Register the plugin's routes on `app`."""

    async def init_state(self, engine_client: Any, state: Any, args: Any) -> None:
        """Prepare what the routes need; `engine_client` is None on a render server."""


def _is_route(route: Any) -> bool:
    return hasattr(route, "path") and bool(getattr(route, "methods", None))


def _with_replacements(routes: Any, existing: Any) -> List[Any]:
    """Put each new route where the operation it replaces stood; other methods of that path stay."""
    merged: List[Any] = []
    for route in routes:
        if id(route) in existing or not _is_route(route):
            merged.append(route)
            continue
        insert_at = len(merged)
        retained: List[Any] = []
        for previous in merged:
            kept = previous
            if (
                _is_route(previous)
                and previous.path == route.path
                and set(previous.methods) & set(route.methods)
            ):
                shared = set(previous.methods) & set(route.methods)
                logger.info("Endpoint plugin overrides %s %s", ", ".join(sorted(shared)), route.path)
                insert_at = min(insert_at, len(retained))
                left = set(previous.methods) - set(route.methods)
                if not left:
                    continue
                kept = copy(previous)
                kept.methods = left
            retained.append(kept)
        retained.insert(insert_at, route)
        merged = retained
    return merged


def attach_endpoint_plugins(app: Any, supported_tasks: Any) -> None:
    """Load the plugins that are allowed, let them attach their routes.

    And settle conflicts by this release's rule.
    """
    from vllm.plugins import load_endpoint_plugins

    plugins = load_endpoint_plugins(supported_tasks)
    existing = {id(route): route for route in app.routes}
    for plugin in plugins:
        plugin.attach_router(app)
    if value("endpoint_plugins") == "replaces-routes":
        app.router.routes[:] = _with_replacements(app.routes, existing)
        if plugins:
            app.openapi_schema = None
    app.state.endpoint_plugins = plugins


async def init_endpoint_plugins_state(engine_client: Any, state: Any, args: Any) -> None:
    """Let the attached plugins prepare their state."""
    for plugin in getattr(state, "endpoint_plugins", []):
        await plugin.init_state(engine_client, state, args)


trim(globals())
