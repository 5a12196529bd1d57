"""Reads unpacked sources of vLLM releases and writes what the core knows about their modules and names.

    python core/tools/index_releases.py SOURCES

SOURCES holds one directory a release, each with the release's `vllm` package below it. Every release of
`interface_history.toml` must be there. Written are `modules.json` (module -> releases), `interface/names.json`
(module -> public name -> releases, for the modules that the reference engine has) and `interface/envs.json`
(variable of `vllm.envs` -> default -> releases). Ranges read `0.5.3-0.6.2 0.7.0-`, both ends included.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

CORE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CORE))

import release_tree


def ranges(held: Iterable[str]) -> str:
    """Return the releases as text of ranges."""
    order = release_tree.releases()
    inside = set(held)
    parts: list[list[str]] = []
    for position, release in enumerate(order):
        if release not in inside:
            continue
        if parts and position and parts[-1][1] == order[position - 1]:
            parts[-1][1] = release
        else:
            parts.append([release, release])
    return " ".join(f"{first}-{'' if last == order[-1] else last}" for first, last in parts)


def public_names(source: str) -> Iterator[str]:
    """Yield the names a module binds at its top level, outside `if TYPE_CHECKING:`.

    Definitions, assignments and names imported from vLLM itself; other imports are no interface.
    """
    yield from _bound(ast.parse(source).body)


def _bound(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign():
                for target in node.targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                yield name
            case ast.ImportFrom() if node.level or (node.module or "").split(".")[0] == "vllm":
                yield from (alias.asname or alias.name for alias in node.names)
            case ast.If():
                if "TYPE_CHECKING" not in ast.unparse(node.test):
                    yield from _bound(node.body)
                yield from _bound(node.orelse)
            case ast.Try():
                yield from _bound(node.body)
                for handler in node.handlers:
                    yield from _bound(handler.body)
                yield from _bound(node.orelse)
            case ast.With() | ast.For() | ast.While():
                yield from _bound(node.body)
            case _:
                pass


def env_defaults(source: str) -> dict[str, Any]:
    """Return the variables of `vllm.envs` with the default the type hints block states, None where it has none."""
    tree = ast.parse(source)
    known: set[str] = set()
    defaults: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict):
            known |= {k.value for k in node.value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            try:
                defaults[node.target.id] = ast.literal_eval(node.value)
            except ValueError:
                defaults[node.target.id] = None
    return {
        name: defaults.get(name)
        for name in known
        if name.isupper() and isinstance(defaults.get(name), (str, int, float, bool, list, type(None)))
    }


def main(sources: Path) -> None:
    """Index every release."""
    modules: dict[str, set[str]] = defaultdict(set)
    names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    envs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    ours = release_tree.every_module()
    for release in release_tree.releases():
        package = sources / release / "vllm"
        for file in package.rglob("*.py"):
            module = release_tree.module_name(file.relative_to(package).as_posix())
            modules[module].add(release)
            if module in ours:
                for name in public_names(file.read_text("utf-8")):
                    if not name.startswith("__") and name != "*":
                        names[module][name].add(release)
        for name, default in env_defaults((package / "envs.py").read_text("utf-8")).items():
            envs[name][json.dumps(default)].add(release)
    _write("modules.json", {m: ranges(held) for m, held in sorted(modules.items())})
    _write(
        "interface/names.json",
        {m: {n: ranges(held) for n, held in sorted(of.items())} for m, of in sorted(names.items())},
    )
    _write(
        "interface/envs.json",
        {n: {default: ranges(held) for default, held in of.items()} for n, of in sorted(envs.items())},
    )


def _write(name: str, data: dict[str, Any]) -> None:
    (CORE / name).write_text(json.dumps(data, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
