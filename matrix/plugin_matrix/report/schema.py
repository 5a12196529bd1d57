"""The published JSON Schema of `results.json`, made from the model and its docstrings.

`python -m plugin_matrix.report.schema` writes it to `plugin_matrix/data/results.schema.json`.
"""

import ast
import inspect
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from plugin_matrix import model
from plugin_matrix.model import SCHEMA_VERSION, Results
from plugin_matrix.model.results import PluginProblem

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED = Path(str(files("plugin_matrix"))) / "data" / "results.schema.json"


def results_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12): every type and field described, the version pinned."""
    schema = msgspec.json.schema(Results)
    definitions: dict[str, dict[str, Any]] = schema["$defs"]
    for name, definition in definitions.items():
        described = getattr(model, name, PluginProblem)
        for field, text in _field_docstrings(described).items():
            if field in definition.get("properties", {}):
                definition["properties"][field]["description"] = text
        if "enum" in definition:
            _describe_members(definition, _field_docstrings(described), described)
    definitions["Results"]["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    definitions["Results"]["required"].insert(0, "schema_version")
    return {
        "$schema": _DIALECT,
        "title": "Results of vllm-plugin-matrix",
        "description": (inspect.getdoc(Results) or "").splitlines()[0],
        **schema,
    }


def _field_docstrings(described: type) -> dict[str, str]:
    """Return the strings that stand below the fields of a class, one line each."""
    (body,) = ast.parse(inspect.getsource(described)).body
    if not isinstance(body, ast.ClassDef):
        raise TypeError(described)
    texts: dict[str, str] = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        match before, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = inspect.cleandoc(text).replace("\n", " ")
            case _:
                pass
    return texts


def _describe_members(definition: dict[str, Any], texts: dict[str, str], members: Any) -> None:
    lines = [f"`{members[name].value}`: {text}" for name, text in texts.items()]
    if lines:
        definition["description"] = "\n".join([definition["description"], *lines])


def published_text() -> bytes:
    """Return the bytes of the published file."""
    return msgspec.json.format(msgspec.json.encode(results_schema()), indent=2) + b"\n"


if __name__ == "__main__":
    PUBLISHED.write_bytes(published_text())
    sys.stdout.write(f"wrote {PUBLISHED.name}\n")
