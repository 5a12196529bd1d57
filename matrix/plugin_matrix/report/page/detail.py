"""How much a page tells: the larger the results, the less of everything, so that it opens fast."""

from typing import NamedTuple

from plugin_matrix.model import Results


class Detail(NamedTuple):
    """Bounds of one page; what is left out is counted there, and `results.json` has it all."""

    cells: bool
    """A row for each cell, and squares that lead to it; else neighbours that fare alike are told together."""
    causes: int
    """Root causes of one plugin, told at length."""
    in_short: int
    """Root causes of one plugin beyond those, a line each."""
    stretches: int
    """Ranges of releases of one plugin that fare alike."""
    texts: int
    """Messages, effects, hints and pieces of evidence of one root cause, each."""
    characters: int
    """Of one text."""
    outputs: int
    """Of one plugin."""
    plots: bool
    """The compat fingerprint of each plugin."""


DETAILS = (
    Detail(
        cells=True,
        causes=100,
        in_short=2_000,
        stretches=0,
        texts=12,
        characters=1_200,
        outputs=8,
        plots=True,
    ),
    Detail(
        cells=False,
        causes=3,
        in_short=100,
        stretches=30,
        texts=3,
        characters=300,
        outputs=0,
        plots=True,
    ),
    Detail(
        cells=False,
        causes=0,
        in_short=10,
        stretches=0,
        texts=1,
        characters=120,
        outputs=0,
        plots=False,
    ),
    Detail(cells=False, causes=0, in_short=3, stretches=0, texts=0, characters=80, outputs=0, plots=False),
)
"""From everything to an outline."""

_MOST_CELLS = 3_000
_MOST_FINDINGS = 30_000
_MOST_CHECKED = 100
"""What a page that tells everything may be made from."""


def detail_for(results: Results) -> int:
    """Return the place in `DETAILS` to begin with; a page that is too large all the same takes the next."""
    findings = sum(len(cell.findings) for cell in results.cells)
    fits = len(results.cells) <= _MOST_CELLS and findings <= _MOST_FINDINGS
    return 0 if fits and len(results.surface) <= _MOST_CHECKED else 1
