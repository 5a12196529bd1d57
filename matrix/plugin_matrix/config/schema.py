"""The published JSON Schema of `[tool.plugin-matrix]`, made from the model.

`python -m plugin_matrix.config.schema` writes it to `plugin_matrix/data/config.schema.json`.
"""

import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from plugin_matrix.config.model import Configuration

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED = Path(str(files("plugin_matrix"))) / "data" / "config.schema.json"


def config_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12), every key described."""
    return {
        "$schema": _DIALECT,
        "title": "[tool.plugin-matrix] of vllm-plugin-matrix",
        **msgspec.json.schema(Configuration),
    }


def published_text() -> bytes:
    """Return the bytes of the published file."""
    return msgspec.json.format(msgspec.json.encode(config_schema()), indent=2) + b"\n"


if __name__ == "__main__":
    PUBLISHED.write_bytes(published_text())
    sys.stdout.write(f"wrote {PUBLISHED.name}\n")
