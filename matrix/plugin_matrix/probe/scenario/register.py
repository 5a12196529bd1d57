"""One general plugin through the engine's loader, then called again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine import load_general_plugins
from ..entry import GENERAL, PLATFORM, Entry
from ..state import State, changes
from ..text import shown
from . import filter_case

if TYPE_CHECKING:
    from ..context import Context


def run(context: Context, *, value: str, named: list[str] | None = None) -> None:
    """Call once by the loader and `repeat - 1` times directly, comparing the state after each.

    With `named`, what its name selects, the loader's part is told as that filter case too.
    """
    payload = context.payload
    entry = Entry(GENERAL, payload["name"], value)
    context.select(selection(context, entry))
    calls: list[dict[str, Any]] = []
    payload["calls"] = calls
    before = context.observer.snapshot()
    with context.phase("call"), context.describe.attempt() as loading:
        load_general_plugins()
    payload["loader_raised"] = loading.raised
    if named is not None:
        case = {"type": "filter", "case": "named", "value": selection(context, entry), "named": named}
        context.was_also({**case, "raised": loading.raised, **filter_case.seen(context)})
    first = context.observer.settled(before)
    if entry.id in context.tracer.called:
        calls.append(
            {
                "index": 1,
                "raised": context.tracer.raised.get(entry.id),
                "returned": shown(context.tracer.returned.get(entry.id)),
                "changes": changes(before, first),
            }
        )
    context.progress()
    function = _function(context, entry)
    # Where the release's loader took another distribution's plugin of that name, or refused to
    # call this one, the first direct call is the first call.
    reference: State | None = first if calls else None
    again = callable(function) and not (calls and calls[0]["raised"])
    for index in range(2, context.request.repeat + 1) if again else ():
        with context.phase("call"), context.describe.attempt() as attempt:
            returned = function()
        if reference is None:
            reference = context.observer.settled(first)
        after = context.observer.settled(reference)
        calls.append(
            {
                "index": index,
                "raised": attempt.raised,
                "returned": None if attempt.raised else shown(returned),
                "changes": changes(reference, after),
            }
        )
        context.progress()
        if attempt.raised is not None:
            break
    payload["accelerator_initialised"] = context.accelerators.initialised()


def selection(context: Context, entry: Entry) -> str:
    """Return the value of `VLLM_PLUGINS` for one general plugin.

    One list filters all groups, so the plugin's own platforms are named with it; without them it
    would run on a platform that its users never see it on.
    """
    platforms = [other.name for other in context.discovery.of(PLATFORM)]
    return ",".join(dict.fromkeys([entry.name, *platforms]))


def _function(context: Context, entry: Entry) -> Any:
    with context.phase("import"), context.describe.attempt() as attempt:
        function = context.tracer.load(entry)
    return None if attempt.raised else function
