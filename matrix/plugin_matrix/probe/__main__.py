"""`python <probe directory> <request.json> <result.json>`."""

import sys
from os.path import abspath, dirname

_HERE = dirname(abspath(__file__))


def _main() -> int:
    # Python put this directory in front; the plugin must not find the probe's modules there.
    sys.path[:] = [entry for entry in sys.path if abspath(entry or ".") != _HERE]
    sys.path.insert(0, _HERE)
    import bootstrap  # type: ignore[import-not-found] # noqa: PLC0415 - only findable from here on

    sys.path.remove(_HERE)
    del sys.modules["bootstrap"]
    bootstrap.install()
    from plugin_matrix_probe.driver import (  # type: ignore[import-not-found] # noqa: PLC0415 - just installed
        main,
    )

    status: int = main(sys.argv[1:])
    return status


if __name__ == "__main__":
    sys.exit(_main())
