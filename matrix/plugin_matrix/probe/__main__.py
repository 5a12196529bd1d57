"""`python -I -S <this file> <request.json> <result.json>`, which starts `<this file> <commands> <replies>`.

With `--witness` in front it runs programs on an engine, without a plugin. Else:

The first is the driver; `-I -S` because it runs nothing of the environment's, not even a
`sitecustomize`. The second is the zygote, an interpreter like any user's; its arguments are file
descriptors.
"""

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
    arguments = sys.argv[1:]
    status: int
    if arguments and all(argument.isdigit() for argument in arguments):
        from plugin_matrix_probe.zygote import (  # type: ignore[import-not-found] # noqa: PLC0415 - just installed
            main as serve,
        )

        status = serve(*map(int, arguments))
    elif arguments[:1] == ["--witness"]:
        from plugin_matrix_probe.witness.running import (  # type: ignore[import-not-found] # noqa: PLC0415 - as above
            main as run_programs,
        )

        status = run_programs(*arguments[1:])
    else:
        from plugin_matrix_probe.driver import main  # type: ignore[import-not-found] # noqa: PLC0415 - as above

        status = main(arguments)
    return status


if __name__ == "__main__":
    sys.exit(_main())
