"""Reads from the sources of vLLM releases which names their registries hold from the start.

    python core/tools/index_registries.py SOURCES

SOURCES holds one directory a release, each with the release's `vllm` package below it. Written is
`interface/tables/registries.json`: quantization methods, load formats and KV connectors, each by steps.
Run it after a release is added.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

CORE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CORE))

import release_tree

QUANTIZATION = "model_executor/layers/quantization/__init__.py"
LOADERS = "model_executor/model_loader/__init__.py"
CONNECTORS = "distributed/kv_transfer/kv_connector/factory.py"


def texts(node: ast.AST | None) -> Iterator[str]:
    """Yield the strings of a literal, the keys of a dictionary alone."""
    if isinstance(node, ast.Dict):
        for key in node.keys:
            yield from texts(key)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, (ast.List, ast.Tuple, ast.Subscript)):
        parts = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node.slice]
        for part in parts:
            yield from texts(part)


def assigned(tree: ast.Module, name: str) -> list[str]:
    """Return the strings assigned to a name of the module."""
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if (
            isinstance(target, ast.Name)
            and target.id == name
            and isinstance(node, (ast.Assign, ast.AnnAssign))
        ):
            return list(texts(node.value))
    return []


def quantization_methods(tree: ast.Module) -> list[str]:
    """Return the methods: a list, before 0.7.0 a dictionary, later the arguments of a Literal."""
    return assigned(tree, "QUANTIZATION_METHODS") or assigned(tree, "QuantizationMethods")


def load_formats(tree: ast.Module) -> list[str]:
    """Return the formats with a loader (0.10.1)."""
    return assigned(tree, "_LOAD_FORMAT_TO_MODEL_LOADER")


def connectors(tree: ast.Module) -> list[str]:
    """Return the connectors that the module registers."""
    calls = [node.value for node in tree.body if isinstance(node, ast.Expr)]
    return [
        next(texts(call.args[0]))
        for call in calls
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("register_connector")
    ]


READERS = {
    "quantization": (QUANTIZATION, quantization_methods),
    "load_formats": (LOADERS, load_formats),
    "kv_connectors": (CONNECTORS, connectors),
}


def main(sources: Path) -> None:
    """Read every release and write the steps: `[since, place]`, and `[since]` where a name goes."""
    table: dict[str, dict[str, list[list[object]]]] = {section: {} for section in READERS}
    for release in release_tree.releases():
        for section, (path, read) in READERS.items():
            file = sources / release / "vllm" / path
            names = read(ast.parse(file.read_text("utf-8"))) if file.exists() else []
            steps = table[section]
            for name, begun in steps.items():
                if name not in names and len(begun[-1]) > 1:
                    begun.append([release])
            for place, name in enumerate(names):
                begun = steps.setdefault(name, [])
                if not begun or len(begun[-1]) == 1 or begun[-1][1] != place:
                    begun.append([release, place])
    written = json.dumps(table, separators=(",", ":"))
    (CORE / "interface" / "tables" / "registries.json").write_text(written, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
