"""Modules that vLLM's build makes, so that its sources do not show them (`built.toml`)."""

import functools
import re
import tomllib
from importlib.resources import files


@functools.cache
def _built() -> re.Pattern[str]:
    text = files("plugin_matrix.surface").joinpath("built.toml").read_text("utf-8")
    patterns = (re.escape(entry["module"]).replace(r"\*", "[^.]*") for entry in tomllib.loads(text)["built"])
    return re.compile(rf"(?:{'|'.join(patterns)})(?:\.|\Z)")


@functools.cache
def is_built(module: str) -> bool:
    """Tell the modules that vLLM's build compiles, generates or copies in (`built.toml`)."""
    return _built().match(module) is not None
