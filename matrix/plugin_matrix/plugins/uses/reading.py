"""From the bytes of a source file to its syntax tree, or why there is none."""

import ast
import re
import warnings

MAX_SOURCE_BYTES = 5 * 1024**2
"""A larger file is generated data; parsing it would cost more than all the rest."""

_PYTHON_2 = re.compile(
    r"^\s*(print\s+[^\s=(.\[]|print\s*$|print\s*>>|exec\s+[^\s=(.]|raise\s+[\w.]+\s*,\s*\S"
    r"|except\s+[\w.]+\s*,\s*[a-z_]\w*\s*:|from\s+\S+\s+import\s*$)"
    r"|<>|\bur['\"]|`[^`]+`|\b0[0-7]+[lL]?\b(?!\.)|\b\d+[lL]\b"
)
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|^\s*<%|@[A-Z_]{3,}@")
_CONFLICT = re.compile(r"^(<<<<<<< |=======$|>>>>>>> )")
_NEWER = (
    (re.compile(r"^\s*(def|class)\s+\w+\s*\[[^\]]*="), "3.13"),
    (re.compile(r"^\s*(async\s+def|def|class)\s+\w+\s*\["), "3.12"),
    (re.compile(r"^\s*type\s+\w+\s*(\[[^\]]*\])?\s*="), "3.12"),
    (re.compile(r"\bt['\"]"), "3.14"),
    (re.compile(r"^\s*except\s+[\w.]+\s*,\s*[A-Z][\w.]*"), "3.14"),
    (re.compile(r"\b[rR]?f['\"].*\{.*['\"\\].*\}"), "3.12"),
    (re.compile(r"^\s*except\s*\*"), "3.11"),
    (re.compile(r"^\s*match\s+.+:\s*$"), "3.10"),
)


class UnreadableError(Exception):
    """A source file that yields no syntax tree; the message says why."""


def parse(source: bytes) -> ast.Module:
    """Return the syntax tree of `source`, whatever encoding it declares.

    Raises `UnreadableError`.
    """
    if len(source) > MAX_SOURCE_BYTES:
        raise UnreadableError(too_large(len(source)))
    try:
        with warnings.catch_warnings():
            # Invalid escapes and `is` with literals are the plugin's business, not the reader's.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        raise UnreadableError(_explain(error, source)) from error
    except ValueError as error:
        raise UnreadableError("it is no Python source: it holds null bytes") from error
    except (RecursionError, MemoryError) as error:
        raise UnreadableError(TOO_DEEP) from error


TOO_DEEP = "it is nested too deeply"


def too_large(size: int) -> str:
    """Say that a file of `size` bytes is not read."""
    return f"it is larger than {MAX_SOURCE_BYTES // 1024**2} MiB ({size / 1024**2:.1f} MiB)"


def _explain(error: SyntaxError, source: bytes) -> str:
    message = str(error.msg)
    if b"\0" in source:
        return "it is no Python source: it holds null bytes"
    if "unknown encoding" in message or "encoding problem" in message:
        return f"it declares an encoding that there is not ({message})"
    if "codec can't decode" in message or ("(unicode error)" in message and error.text is None):
        return "it is not UTF-8 and declares no other encoding"
    if (
        "too many nested" in message
        or "too many statically nested" in message
        or "too many levels" in message
    ):
        return TOO_DEEP
    line = error.lineno or 1
    return f"it does not parse (line {line}: {message}){_guess(message, _lines(source, line))}"


def _lines(source: bytes, line: int) -> list[str]:
    """Return the line at fault and the one before: an error is often noticed a line late."""
    text = source.decode("utf-8", "replace").splitlines()
    return [text[at] for at in (line - 1, line - 2) if 0 <= at < len(text)]


def _guess(message: str, lines: list[str]) -> str:  # noqa: PLR0911 - one return per kind
    if any(_CONFLICT.search(line) for line in lines):
        return "; it holds a merge conflict"
    for line in lines:
        for pattern, python in _NEWER:
            if pattern.search(line):
                return f"; it seems written for Python {python} or newer"
    if "Missing parentheses in call to" in message or "leading zeros" in message:
        return "; it seems written for Python 2"
    if "multiple exception types must be parenthesized" in message or _PYTHON_2.search(
        lines[0] if lines else ""
    ):
        return "; it seems written for Python 2"
    if "inconsistent use of tabs" in message:
        return "; it seems written for Python 2"
    if any(_TEMPLATE.search(line) for line in lines):
        return "; it seems to be a template"
    return ""
