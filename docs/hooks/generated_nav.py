"""Pages that are made from data enter the navigation by themselves; a page that nobody entered comes last."""

from itertools import groupby
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig

from plugin_matrix import catalogue
from plugin_matrix.report.rule_pages import FAMILIES

RULES, HISTORY, LAST = "rules/index.md", "history/index.md", "architecture/README.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the rules, by family, and the minors of vLLM, newest first, below their index pages."""
    section(config.nav or [], RULES).extend(rules())
    section(config.nav or [], HISTORY).extend(minors(Path(config.docs_dir) / "history"))
    section(config.nav or [], LAST).extend(unlisted(Path(config.docs_dir), str(config.nav)))
    return config


def section(nav: list[Any], index: str) -> list[Any]:
    """Return the section of the navigation that begins with the page `index`."""
    for entry in nav:
        for pages in entry.values():
            if isinstance(pages, list) and pages[0] == index:
                return pages
    raise LookupError(index)


def rules() -> list[dict[str, list[dict[str, str]]]]:
    """Return a section for each family of rules."""
    return [
        {
            f"{family}xx {FAMILIES[family]}": [
                {f"{rule.id} {rule.name}": f"rules/{rule.id}.md"} for rule in members
            ]
        }
        for family, members in groupby(catalogue().values(), key=lambda rule: rule.id[:3])
    ]


def minors(directory: Path) -> list[dict[str, str]]:
    """Return the page of each minor, newest first."""
    names = [path.stem for path in directory.glob("*.*.md")]
    newest_first = sorted(names, key=lambda name: [int(part) for part in name.split(".")], reverse=True)
    return [{name: f"history/{name}.md"} for name in newest_first]


def unlisted(directory: Path, nav: str) -> list[str]:
    """Return the pages that the navigation does not have yet."""
    every = sorted(str(path.relative_to(directory)) for path in directory.rglob("*.md"))
    return [page for page in every if f"'{page}'" not in nav]
