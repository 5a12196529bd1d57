"""A program for a warm interpreter that does what `python -c SOURCE ...` does.

It first runs what the variable AHEAD says; the sources find what that has left in `ahead`.
"""

import marshal
import os
import sys
from pathlib import Path
from typing import Any

ahead: "dict[str, Any]" = {}


def _begin() -> None:
    file, told = sys.argv[1:]
    interpreter: dict[str, Any] = {"__file__": file, "__name__": "interpreter"}
    exec(compile(Path(file).read_bytes(), file, "exec"), interpreter)  # noqa: S102 - of who executed us
    exec(os.environ.get("AHEAD", ""), ahead)  # noqa: S102 - a test's
    settings = marshal.loads(bytes.fromhex(told))  # noqa: S302 - as above
    interpreter["serve"](settings, _run, lambda: None)


def _run(argv: "list[str]") -> int:
    option = argv.index("-c")
    sys.argv[:] = ["-c", *argv[option + 2 :]]
    names = {"__name__": "__main__", "ahead": ahead}
    exec(compile(argv[option + 1], "<string>", "exec"), names)  # noqa: S102 - a test's
    return 0


def _main() -> None:
    action: Any = _begin
    while action is not None:
        try:
            action = action()
        except BaseException as error:
            if type(error).__name__ != "Instead":
                raise
            action = error.action  # type: ignore[attr-defined]


if __name__ == "__main__":
    _main()
