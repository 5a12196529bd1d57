"""Make the probe importable under a name of its own, without a place on `sys.path`.

A directory on `sys.path` would offer its neighbours' names (`model`, `report`, `errors`) to the
plugin; a private package name offers nothing.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from os.path import abspath, dirname, join

PACKAGE = "plugin_matrix_probe"


def install() -> None:
    """Put the package into `sys.modules`; a second call changes nothing."""
    if PACKAGE in sys.modules:
        return
    directory = dirname(abspath(__file__))
    spec = spec_from_file_location(
        PACKAGE, join(directory, "__init__.py"), submodule_search_locations=[directory]
    )
    if spec is None or spec.loader is None:
        raise ImportError("the probe's own files are missing")
    module = module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
