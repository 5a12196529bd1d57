r"""Foreign text made safe to look at: what cannot be seen is written out.

Plugins choose their names, messages and output, and a terminal, a browser or an XML reader
obeys characters nobody sees: escape sequences, carriage returns, bidirectional overrides.
Each becomes its Python escape (`\x1b`), so that the reader sees what was there.
Markup is the business of each format.
"""

import json
import re

_UNSEEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, direction
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations, tags
    "\u2028\u2029"  # line breaks that only some readers know
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # no characters at all
    "]"
)
_UNSEEN_IN_BLOCK = re.compile(f"(?![\n\t]){_UNSEEN.pattern}")


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def line(text: str) -> str:
    """Return `text` as one line: line breaks and tabs are written out too."""
    return _UNSEEN.sub(_escape, text)


def block(text: str) -> str:
    """Return `text` with its line breaks and tabs kept."""
    return _UNSEEN_IN_BLOCK.sub(_escape, text.replace("\r\n", "\n"))


def in_json(content: bytes) -> bytes:
    """Return a JSON document that says the same, with JSON's escapes for characters that cannot be seen."""
    if content.isascii() and b"\x7f" not in content:
        return content  # of the others JSON itself allows none
    return _UNSEEN_IN_BLOCK.sub(_json_escape, content.decode()).encode()


def _json_escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def ascii_only(text: str) -> str:
    """Return `text` for an output that cannot show more than ASCII."""
    return text.encode("ascii", "backslashreplace").decode("ascii")


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters of `text` and how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} [... {len(text) - limit} more characters]"


def last_part(text: str, limit: int) -> str:
    """Return the last `limit` characters of `text` and how many came before."""
    if len(text) <= limit:
        return text
    return f"[{len(text) - limit} characters ...] {text[-limit:]}"
