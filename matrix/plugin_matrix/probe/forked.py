"""The probe as the program of a warm interpreter: `python -B <this file> <interpreter.py> <settings>`.

It imports ahead and then lets `interpreter.py` serve with the probe as what every child runs. This file is at
the bottom of each child's stack, where `__main__.py` is in a process that was executed.
"""

import marshal
import sys
from os.path import abspath, dirname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HERE = dirname(abspath(__file__))


def _begin() -> None:
    file, told = sys.argv[1:]
    settings = marshal.loads(bytes.fromhex(told))  # noqa: S302 - of who executed us
    sys.path[:] = [_HERE, *settings["standard"], *settings["path"]]
    import bootstrap  # type: ignore[import-not-found] # noqa: PLC0415 - only findable from here on

    sys.path.remove(_HERE)
    del sys.modules["bootstrap"]
    bootstrap.install()
    from plugin_matrix_probe.warm import (  # type: ignore[import-not-found] # noqa: PLC0415 - just installed
        serving,
    )

    interpreter: dict[str, Any] = {"__file__": file, "__name__": "interpreter"}
    with open(file, "rb") as source:
        exec(compile(source.read(), file, "exec"), interpreter)  # noqa: S102 - of who executed us
    serving.prepare(settings["fresh"], settings["standard"], settings["preload"], interpreter["Instead"])
    interpreter["serve"](settings, serving.main, serving.settle)


def _main() -> None:
    action: Any = _begin
    while action is not None:
        try:
            action = action()
        except BaseException as error:  # noqa: PERF203 - once in the life of a process
            # A child leaves what its parent was doing, and begins with an empty stack.
            if type(error).__name__ != "Instead":
                raise
            action = error.action  # type: ignore[attr-defined]


if __name__ == "__main__":
    _main()
