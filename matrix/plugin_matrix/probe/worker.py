"""What a worker does that a scenario spawned.

It is an interpreter that has just started, so it imports no more of the probe than this takes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(writing: Any, request: Any, tops: Any, configuration: Any) -> None:
    """Import the engine, load the plugins, tell through the pipe what is registered.

    `tops` are the plugin's top modules.
    """
    # The scenarios import this module for its name only.
    from .engine import import_engine, load_general_plugins  # noqa: PLC0415
    from .origin import Origins  # noqa: PLC0415
    from .registries import Registries  # noqa: PLC0415
    from .stand_ins.record import uses  # noqa: PLC0415
    from .text import encode  # noqa: PLC0415
    from .tracebacks import Describe  # noqa: PLC0415

    del configuration
    origins = Origins(request.plugin_layers, tops)
    if request.wants_stand_ins:
        from .stand_ins.installing import install  # noqa: PLC0415

        install(request, origins)
    describe = Describe(origins)
    import_engine(describe)
    registries = Registries()
    with describe.attempt() as loading:
        load_general_plugins()
    answer = {
        "raised": loading.raised,
        "state": registries.describe(),
        "missing_modules": sorted(describe.missing_modules),
        "stand_ins": uses(),
    }
    writing.send_bytes(encode(answer).encode("ascii"))
    writing.close()
