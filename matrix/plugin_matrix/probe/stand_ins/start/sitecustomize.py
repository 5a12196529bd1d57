"""Give the Pythons that a cell starts the stand-ins of the one that starts them.

This directory is last on `PYTHONPATH`: a plugin's own `sitecustomize` is found before it.
"""

# ruff: noqa: INP001 - the directory is an entry of `sys.path`

import sys
from os import environ
from os.path import abspath, dirname

if "PLUGIN_MATRIX_STAND_INS" in environ:
    _PROBE = dirname(dirname(dirname(abspath(__file__))))
    sys.path.insert(0, _PROBE)
    import bootstrap  # type: ignore[import-not-found]

    sys.path.remove(_PROBE)
    del sys.modules["bootstrap"]
    bootstrap.install()
    from plugin_matrix_probe.stand_ins.installing import (  # type: ignore[import-not-found]
        install_as_parent_did,
    )

    install_as_parent_did(environ["PLUGIN_MATRIX_STAND_INS"])
