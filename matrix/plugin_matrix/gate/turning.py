"""Cells that turned red: what they find is not in the baseline, though the baseline has the plugin."""

from collections.abc import Callable

from packaging.utils import canonicalize_name

from plugin_matrix.gate.decision import Policy
from plugin_matrix.gate.ledger import place_of, square_of_cell
from plugin_matrix.model import CellResult


def turned_red(policy: Policy) -> Callable[[CellResult], bool]:
    """Return what tells whether a cell has a finding that may fail and that the baseline does not have."""

    def tell(result: CellResult) -> bool:
        name = result.cell.plugin.rpartition("==")[0]
        key, place = canonicalize_name(name), place_of(result)
        editions = [edition for edition in policy.baseline or () if edition.key == key]
        before = [square for edition in editions if (square := edition.squares.get(place))]
        return bool(editions) and any(
            trouble.level.reaches(policy.fail_on)
            and not any(
                print_ in square.found and square.found[print_].level.reaches(trouble.level)
                for square in before
            )
            for print_, trouble in square_of_cell(result, name).found.items()
        )

    return tell
