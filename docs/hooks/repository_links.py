"""Links to files of the repository that are no pages lead to a copy in the site, below `source/`.

So that the same Markdown can be read in the repository and on the site, and the site needs no other.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

SHOWN = {".py": "python", ".toml": "toml", ".yml": "yaml", ".yaml": "yaml"}
"""Kinds of files that get a page with their content."""
PLACE = "source"
ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"(?<!\\)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_FENCE = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)


def targets(text: str, origin: str) -> set[str]:
    """Return the files, as paths in the repository, that `text` of the file `origin` links to."""
    plain = _FENCE.sub("", text)
    links = (found["target"] for found in _LINK.finditer(plain) if "://" not in found["target"])
    return {posixpath.normpath(posixpath.join(posixpath.dirname(origin), link)) for link in links}


def address(path: str) -> str:
    """Return where the site has a file of the repository."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    # mkdocs leaves out whatever begins with a dot.
    visible = "/".join(part.removeprefix(".") for part in path.split("/"))
    return f"{PLACE}/{visible}.md" if is_shown(path) else f"{PLACE}/{visible}"


def is_shown(path: str) -> bool:
    """Tell whether a file gets a page with its content, or a directory one with its files."""
    return posixpath.splitext(path)[1] in SHOWN or (ROOT / path).is_dir()


def shown(path: str) -> str:
    """Return the page of a directory, or of a file that is no Markdown."""
    place = ROOT / path
    if place.is_dir():
        names = "\n".join(f"- `{one.name}`" for one in sorted(place.iterdir()) if one.name != "__pycache__")
        return f"# {path}\n\n{names}\n"
    return f"# {path}\n\n````{SHOWN[place.suffix]}\n{place.read_text('utf-8')}\n````\n"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the files that pages link to, and those that these link to in turn."""
    pending = {f"docs/{file.src_uri}" for file in files.documentation_pages()}
    pending |= {"CONTRIBUTING.md", "CHANGELOG.md"}
    seen: set[str] = set()
    while pending:
        path = pending.pop()
        seen.add(path)
        if not (ROOT / path).exists():
            continue
        if not path.startswith("docs/"):
            content = shown(path) if is_shown(path) else (ROOT / path).read_text("utf-8")
            files.append(File.generated(config, address(path), content=content))
        if path.endswith(".md"):
            pending |= targets((ROOT / path).read_text("utf-8"), path) - seen
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make links lead to where the site has their target."""
    uri = page.file.src_uri
    inside = uri.startswith(f"{PLACE}/")
    if inside and uri.endswith(tuple(f"{suffix}.md" for suffix in SHOWN)):
        return markdown
    origin = uri.removeprefix(f"{PLACE}/") if inside else f"docs/{uri}"

    def moved(found: re.Match[str]) -> str:
        target = found["target"]
        if "://" in target or target.startswith(("mailto:", "/")):
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        there = posixpath.relpath(address(path), posixpath.dirname(uri) or ".")
        return f"]({there}{found['anchor'] or ''})"

    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(moved, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(moved, markdown[end:])])
