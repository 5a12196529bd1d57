"""Squares as markup. There may be a hundred thousand: a template would take minutes, and links megabytes."""

from collections.abc import Callable
from functools import cache

from markupsafe import Markup, escape

from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.page.matrix import MatrixRow, Square

Seen = Callable[[str], str]
"""Makes foreign text visible and bounds it."""


def squares(row: MatrixRow, seen: Seen, *, compact: bool) -> Markup:
    """Return the squares of a row; `compact` ones say their word and lead nowhere."""
    if compact:
        return Markup("").join(
            _compact(square.mark, square.word, stand_ins=bool(square.stand_ins), outside=square.outside)
            for square in row.squares
        )
    return Markup("").join(_square(square, seen) for square in row.squares)


@cache
def _compact(mark: Mark, word: str, *, stand_ins: bool, outside: bool) -> Markup:
    # No text of a plugin's is in here: marks, and words of ours. The style goes by the word.
    kind = ' class="outside"' if outside else ""
    label, star = (f"{word} with stand-ins", "*") if stand_ins else (word, "")
    return Markup(f'<td{kind} aria-label="{label}">{mark.symbol}{star}</td>')  # noqa: S704


def _square(square: Square, seen: Seen) -> Markup:
    shown = Markup('<span aria-hidden="true">{}{}</span>').format(
        square.mark.symbol, "*" if square.stand_ins else ""
    )
    if square.number:
        shown += Markup('<sup aria-hidden="true">{}</sup>').format(square.number)
    shown += Markup('<span class="sr">{}</span>').format(_said(square, seen))
    if square.anchor:
        shown = Markup('<a href="#{}">{}</a>').format(square.anchor, shown)
    return Markup('<td class="{}" title="{}">{}</td>').format(
        _class(square), escape(seen(square.title)), shown
    )


def _said(square: Square, seen: Seen) -> str:
    noun = "error" if square.mark is Mark.INCOMPATIBLE else "finding"
    number = plural(square.number, noun) if square.number else ""
    return seen(", ".join(part for part in (square.word, square.stand_ins, number) if part))


def _class(square: Square) -> str:
    return f"{square.mark.slug} outside" if square.outside else square.mark.slug
