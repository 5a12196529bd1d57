import ast
import sys
from pathlib import Path

import pytest

import plugin_matrix

ROOT = Path(plugin_matrix.__file__).parent

# An import may only point further down this list; see docs/architecture.
LAYERS: list[set[str]] = [
    {"nox", "tox"},
    {"cli"},
    {"api"},
    {"gate", "report", "export"},
    {"run"},
    {"rules"},
    {"sandbox"},
    {"engines"},
    {"surface"},
    {"plugins"},
    {"model"},
    {"config"},
    {"errors"},
    {"pytest_plugin"},
    {"probe"},
]
DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}
# Neighbours on one line of the list do not know each other either: gate and report.


def imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("plugin_matrix.")}


def violations(layer: str, imported: set[str]) -> set[str]:
    return {name for name in imported & DEPTH.keys() if name != layer and DEPTH[name] <= DEPTH[layer]}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_lower_layers(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if layer in {"__init__", "__main__", "data"}:  # data holds the reference engine, another distribution
        return
    assert layer in DEPTH, f"{layer} has no place in the layers"
    assert violations(layer, imports(path.read_text())) == set()


@pytest.mark.parametrize(
    ("room", "more"),
    [
        ("probe", {"bootstrap", "plugin_matrix_probe"}),
        ("pytest_plugin", {"pytest", "_pytest", "packaging"}),  # pytest requires packaging itself
    ],
)
def test_what_runs_beside_an_engine_needs_the_standard_library_alone(room: str, more: set[str]) -> None:
    # Inside functions it may ask for what is under observation: the engine, torch, a web framework.
    needed = {
        name.split(".")[0]
        for path in (ROOT / room).rglob("*.py")
        for node in ast.parse(path.read_text()).body
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module
            else []
        )
    }
    assert needed - set(sys.stdlib_module_names) <= more


@pytest.mark.parametrize(
    ("layer", "source", "expected"),
    [
        ("model", "from plugin_matrix.run.plan import plan_cells", {"run"}),
        ("model", "import plugin_matrix.cli.main", {"cli"}),
        ("model", "from plugin_matrix import errors", set()),
        ("gate", "from plugin_matrix.report import render", {"report"}),
        ("run", "from plugin_matrix.model import Cell", set()),
        ("errors", "from plugin_matrix.model import Cell", {"model"}),
        ("config", "from plugin_matrix.model import Cell", {"model"}),
        ("config", "from plugin_matrix.errors import UsageError", set()),
    ],
)
def test_an_import_that_points_up_is_seen(layer: str, source: str, expected: set[str]) -> None:
    assert violations(layer, imports(source)) == expected
