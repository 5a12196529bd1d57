"""Markdown that reads the same in a repository and on a site: code, sources as links, slugs of headings."""

import html
import re
from collections.abc import Sequence

SOURCES = "https://github.com/vllm-project/vllm/blob/v{release}/{path}"
"""Where a file of a release can be read."""
_PLACE = re.compile(
    r"(?P<path>(?:vllm|tests|docs)/[\w./-]*\w|pyproject\.toml)(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?"
)
_TOLD = 2
"""Parts of a path that are told; the link has all of it."""
_RELEASE = re.compile(r"\b\d+\.\d+\.\d+(?:\.post\d+)?\b")
_SPECIAL = str.maketrans({sign: f"&#{ord(sign)};" for sign in "|*_[]`~\\{}"})


def code(text: str) -> str:
    """Return `text` as code, for a cell of a table too."""
    plain = " ".join(text.split())
    if "|" not in plain and "`" not in plain:
        return f"`{plain}`"
    return f"<code>{html.escape(plain, quote=False).translate(_SPECIAL)}</code>"


def linked(source: str, release: str) -> str:
    """Return the files and lines that `source` names as links into `release`, or the one it names itself."""
    return "; ".join(_linked_part(part.strip(), release) for part in source.split(";") if part.strip())


def _linked_part(part: str, release: str) -> str:
    named = _RELEASE.search(part)
    tag = named[0] if named else release

    def link(found: re.Match[str]) -> str:
        lines = ""
        if found["first"]:
            lines = f"#L{found['first']}" + (f"-L{found['last']}" if found["last"] else "")
        told = "/".join(found[0].split("/")[-_TOLD:])
        return f"[`{told}`]({SOURCES.format(release=tag, path=found['path'])}{lines})"

    return _PLACE.sub(link, part, count=1)


def slug(heading: str) -> str:
    """Return the anchor that a heading gets, from GitHub and from the site alike."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table; a cell holds no line break."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def folded(summary: str, content: str) -> str:
    """Return content that is shown when it is asked for."""
    return f'<details markdown="1">\n<summary>{summary}</summary>\n\n{content}\n\n</details>'
