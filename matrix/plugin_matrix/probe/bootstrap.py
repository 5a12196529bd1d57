"""Make the probe importable under a name of its own, without a place on `sys.path`.

A directory on `sys.path` would offer its neighbours' names (`model`, `report`, `errors`) to the
plugin; a private package name offers nothing.
"""

import sys
from os.path import abspath, dirname
from types import ModuleType

PACKAGE = "plugin_matrix_probe"


def install() -> None:
    """Put the package into `sys.modules`; a second call changes nothing."""
    if PACKAGE in sys.modules:
        return
    module = ModuleType(PACKAGE)
    module.__path__ = [dirname(abspath(__file__))]
    sys.modules[PACKAGE] = module
