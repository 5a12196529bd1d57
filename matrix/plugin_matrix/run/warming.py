"""Which warm interpreter a cell may be a fork of."""

import functools
import re
from pathlib import Path

from plugin_matrix.engines.environment import Environment, PluginLayer
from plugin_matrix.sandbox import Warm

_SIGNS = re.compile(
    rb"\bimport\b[^\n]*\btorch\b|\bfrom\s+torch\b|[\"']torch\b|vllm\.model_executor|ModelRegistry"
)
"""What stands in sources that are likely to import torch, or to let the probe do so.

The word alone says little: every platform has `stateless_init_device_torch_dist_pg`.
"""


def warm_interpreter(
    environment: Environment, layers: tuple[PluginLayer, ...], probe: Path, variables: dict[str, str]
) -> Warm:
    """Return the interpreter of the base that imports ahead what these plugins are likely to need.

    A wrong guess costs time and changes nothing. Every process that is forked from one with torch costs more,
    so plugins that have no use for it get one without, unless vLLM itself imports it.
    """
    base = environment.base
    needs_base = base.shared is not None or any(
        _speaks_of_torch(path) for layer in layers for path in layer.plugin_paths
    )
    return Warm(
        python=base.path / "bin" / "python",
        program=probe / "forked.py",
        path=base.layers,
        preload=base.preload if needs_base else (),
        read_only=(*(one for one in environment.read_only if one != environment.python.parent.parent), probe),
        # What names a cell's own directories is the same for all cells in one sandbox.
        environment=tuple((name, value) for name, value in variables.items() if name != "PATH"),
    )


@functools.cache
def _speaks_of_torch(layer: Path) -> bool:
    """Look through the sources of a layer, which never changes."""
    for source in layer.rglob("*.py"):
        try:
            content = source.read_bytes()
        except OSError:
            continue
        if _SIGNS.search(content):
            return True
    return False
