"""What a spawned child of a scenario runs as its main module, as any `vllm` script would be.

`multiprocessing` runs the parent's main module again before it unpickles the child's target; this
is where the probe's package becomes importable there.
"""

import sys
from os.path import abspath, dirname

if __name__ == "__mp_main__" and "plugin_matrix_probe" not in sys.modules:
    _HERE = dirname(abspath(__file__))
    sys.path.insert(0, _HERE)
    import bootstrap  # type: ignore[import-not-found]

    sys.path.remove(_HERE)
    del sys.modules["bootstrap"]
    bootstrap.install()
