"""Splitting a run: which cells are whose, the same in every process that is asked."""

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from plugin_matrix.errors import NothingToCheckError, UsageError
from plugin_matrix.model import Platform
from plugin_matrix.run.plan import PlannedCell

_Item = TypeVar("_Item")
_TEXT = re.compile(r"(?P<index>[1-9][0-9]{0,3})/(?P<count>[1-9][0-9]{0,3})", re.ASCII)


class Shard(msgspec.Struct, frozen=True):
    """One part of so many, counted from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        """Return it as it is written: `1/4`."""
        return f"{self.index}/{self.count}"

    def of(self, items: Sequence[_Item]) -> tuple[_Item, ...]:
        """Return every item that is this part's; neighbours, which cost alike, go to different parts.

        Raises `NothingToCheckError` where there are fewer items than parts and this one gets none.
        """
        part = tuple(items[self.index - 1 :: self.count])
        if items and not part:
            raise NothingToCheckError(
                f"Shard {self} has no cell: there are {len(items)}.",
                next_step="`plugin-matrix plan --shards` says into how many parts a run can be split.",
            )
        return part


def parse_shard(text: str) -> Shard:
    """Parse `1/4`; raises `UsageError`."""
    match = _TEXT.fullmatch(text.strip())
    if match is None or int(match["index"]) > int(match["count"]):
        raise UsageError(f"{text!r} is no part of a run.", next_step="Write for example 1/4, up to 4/4.")
    return Shard(int(match["index"]), int(match["count"]))


class Job(msgspec.Struct, frozen=True):
    """What one machine of a split run does: `plugin-matrix run --platforms PLATFORM --shard SHARD`."""

    platform: str
    python: str
    """The platform's Python, as actions that set one up want it."""
    shard: str
    cells: int


def jobs_of(cells: Sequence[PlannedCell], shards: int) -> tuple[Job, ...]:
    """Return the jobs that run `cells`: for each platform `shards` of them, or as many as it has cells."""
    by_platform: dict[Platform, list[PlannedCell]] = {}
    for one in cells:
        by_platform.setdefault(one.cell.platform, []).append(one)
    jobs = []
    for platform, its_cells in by_platform.items():
        count = min(shards, len(its_cells))
        for index in range(1, count + 1):
            shard = Shard(index, count)
            jobs.append(Job(platform.id, platform.python, str(shard), len(shard.of(its_cells))))
    return tuple(jobs)
