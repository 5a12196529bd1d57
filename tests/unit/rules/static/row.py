"""A row of the table: two or more engines, a plugin, and all that must be found."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import EntryPoint, Plugin
from plugin_matrix.model.surface import SurfaceFinding
from plugin_matrix.plugins.uses import read_uses
from plugin_matrix.rules.static import judge_surface
from plugin_matrix.surface.building import SourceTree, build_index
from plugin_matrix.surface.resolver import Surface
from plugin_matrix.surface.store import SurfaceIndex

RELEASES = ("0.10.0", "0.11.0", "0.12.0", "0.13.0")
GROUPS = {
    "general": "vllm.general_plugins",
    "platform": "vllm.platform_plugins",
    "logits": "vllm.logits_processors",
    "io": "vllm.io_processor_plugins",
}


@dataclass(frozen=True)
class Row:
    name: str
    """A sentence: what the plugin does and what vLLM did."""
    engines: tuple[str, ...]
    """Source of each release, oldest first; `#: path` starts a file."""
    plugin: str
    """Source of the plugin; what stands before the first `#: path` is `acme/__init__.py`. Path files too."""
    expected: tuple[str, ...] = ()
    """All findings: `rule level subject releases`, no more and no fewer."""
    point: str = "general"
    target: str = "acme:register"
    requires: tuple[str, ...] = ()


def files(text: str, first: str) -> dict[str, str]:
    """Return the files that `text` holds."""
    found: dict[str, list[str]] = {first: []}
    current = found[first]
    for line in text.splitlines():
        if line.startswith("#: "):
            current = found.setdefault(line.removeprefix("#: ").strip(), [])
        else:
            current.append(line)
    return {path: "\n".join(lines) + "\n" for path, lines in found.items()}


def surface(engines: Mapping[str, str], directory: Path) -> Surface:
    """Return the surface of engines given as text by release."""
    trees = []
    for release, text in engines.items():
        root = directory / release
        written = files(text, "vllm/__init__.py")
        for path in tuple(written):  # directories of vLLM are packages
            for parent in Path(path).parents:
                if parent.parts:
                    written.setdefault(f"{parent.as_posix()}/__init__.py", "")
        written["vllm/__init__.py"] += f'__version__ = "{release}"\n'
        for path, source in written.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(source, encoding="utf-8")
        trees.append(SourceTree(release, root))
    build_index(trees, directory / "surface.sqlite", workers=1)
    return Surface(SurfaceIndex.open(directory / "surface.sqlite"))


def plugin(point: str = "general", target: str = "acme:register", requires: tuple[str, ...] = ()) -> Plugin:
    """Return a plugin with one entry point; with none where `point` is empty."""
    return Plugin(
        name="acme",
        version="1.0",
        entry_points=(EntryPoint(GROUPS[point], "acme", target),) if point else (),
        requires_dist=requires,
        source="acme",
        sha256="0" * 64,
    )


def judged(row: Row, directory: Path, releases: str = "") -> tuple[SurfaceFinding, ...]:
    """Return what is found for `row`, on the releases that the specifier `releases` admits."""
    asked = surface(dict(zip(RELEASES, row.engines, strict=False)), directory)
    sources = {path: text.encode() for path, text in files(row.plugin, "acme/__init__.py").items()}
    one = plugin(row.point, row.target, row.requires)
    uses = read_uses(sources, frozenset({"acme"}), one.entry_points)
    return judge_surface(one, uses, asked, InterfaceHistory.load(), asked.axis.matching(releases))


def told(findings: tuple[SurfaceFinding, ...], releases: tuple[str, ...]) -> set[str]:
    """Return findings as the rows write them; `all` stands for every release."""
    return {
        f"{one.rule} {one.level.value} {one.subject} "
        + ("all" if one.broken == releases else ", ".join(one.broken))
        for one in findings
    }
