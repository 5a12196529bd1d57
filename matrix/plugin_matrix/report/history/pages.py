"""The pages below `docs/history/`: each release, each dimension, and the list of both.

`python -m plugin_matrix.report.history.pages docs/history` writes them anew.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from plugin_matrix.report.history.changes import Changes, ReleaseChanges, judged_by
from plugin_matrix.report.history.members import Kind
from plugin_matrix.report.history.release_page import page_of, place_of, release_section, rule_links
from plugin_matrix.report.history.writing import code, linked, table
from plugin_matrix.surface.resolver import Surface
from plugin_matrix.surface.store import SurfaceIndex

REMADE = (
    "<!-- Made from the interface history by `python -m plugin_matrix.report.history.pages docs/history`. -->"
)
AREAS = {
    "loader": "The plugin loader",
    "platform": "Platforms, workers and attention backends",
    "model": "Models",
    "other": "Other groups",
}
_ABOUT = """\
vLLM promises plugins only that calls its documentation names stay. These pages say what every release
changed for them: read off the sources of each release, with the line that shows it, and the rule by which
`plugin-matrix` judges a plugin by it. They are made from the data that the reference engine behaves by
and that `check` judges by.

- **[By subject](interface.md)**: each aspect of the plugin interface through all releases.
- By release, below: what vLLM does otherwise, which members of the classes that plugins extend came, went
  or take other arguments, and which names and modules plugins import can no longer be found where they
  were.

Judged are the modules that plugins use; an annotation that changed is no change. Releases before the
first with a plugin loader are left out.
"""


def pages(changes: Changes) -> dict[str, str]:
    """Return the name and the text of every page."""
    of_releases = [changes.of(release) for release in changes.history.releases]
    texts = {"index.md": _index(of_releases, changes), "interface.md": _interface(changes)}
    for name, members in groupby(of_releases, key=lambda one: page_of(one.release)):
        texts[name] = _page(name.removesuffix(".md"), list(members), changes)
    return texts


def _index(of_releases: list[ReleaseChanges], changes: Changes) -> str:
    facts = changes.history.release_facts
    rows = [
        (
            f"[{one.release}]({place_of(one.release)})",
            facts[one.release].date,
            code(facts[one.release].requires_python),
            *(str(number or "") for number in _numbers(one)),
        )
        for one in reversed(of_releases)
    ]
    heads = ("release", "date", "Python", "behaviour", "members", "names gone", "modules gone")
    return "\n\n".join([REMADE, "# What changed for plugins", _ABOUT.strip(), table(heads, rows)]) + "\n"


def _numbers(one: ReleaseChanges) -> tuple[int, int, int, int]:
    members = sum(change.kind is not Kind.ANNOTATED for cls in one.classes for change in cls.members)
    return len(one.behaviour), members, len(one.names), len(one.modules)


def _page(minor: str, members: list[ReleaseChanges], changes: Changes) -> str:
    sections = [release_section(one, changes) for one in reversed(members)]
    title = f"# vLLM {minor} for plugins"
    return "\n\n".join([REMADE, title, *sections, "[All releases](index.md)"]) + "\n"


def _interface(changes: Changes) -> str:
    parts = [REMADE, "# The plugin interface by subject", "Each value holds until the next."]
    dimensions = changes.history.dimensions
    known = {*AREAS} - {"other"}
    for area, title in AREAS.items():
        names = [
            name for name, one in dimensions.items() if (one.area if one.area in known else "other") == area
        ]
        if names:
            parts.append(f"## {title}")
            parts += [text for name in names for text in _dimension(name, changes)]
    return "\n\n".join(parts) + "\n"


def _dimension(name: str, changes: Changes) -> Iterator[str]:
    dimension = changes.history.dimensions[name]
    yield f"### {dimension.summary}"
    rules = judged_by()[name]
    if rules:
        yield f"Judged by {rule_links(rules)}."
    releases = changes.history.releases
    rows = [
        (
            f"[{step.since}]({place_of(step.since)})" if step.since in releases else step.since,
            step.text,
            linked(step.source, step.since),
        )
        for step in dimension.steps
    ]
    yield table(("since", "", "source"), rows)


def write_pages(directory: Path) -> tuple[Path, ...]:
    """Write all pages, remove those of releases that are gone, and return what was written."""
    texts = pages(Changes.load(Surface(SurfaceIndex.shipped())))
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(directory / name for name in texts)


def main() -> None:
    """Write the pages where the command line says."""
    parser = argparse.ArgumentParser(description="Write what every release changed for plugins.")
    parser.add_argument("directory", type=Path)
    written = write_pages(parser.parse_args().directory)
    sys.stdout.write(f"wrote {len(written)} pages\n")


if __name__ == "__main__":
    main()
