"""Snapshots of this process and what differs between them, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..probe.origin import Origins
from ..probe.state import Observer, changes
from .loading import vllm_entry_points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..probe.state import State


class Change(NamedTuple):
    """One thing that is not as it was."""

    kind: str
    """`registry`, `overrides`, `patches`, `handlers`, `env`, `sys_path`, `atexit`, `signals`,
    `warnings_filters`, `threads`, `files` or `cwd`."""
    subject: str
    before: str | None
    """None where it was not there."""
    after: str | None
    """None where it is gone."""

    def __str__(self) -> str:
        """Return it as a line."""
        before, after = ("nothing" if value is None else value for value in (self.before, self.after))
        return f"{self.kind:<16} {self.subject}: {before} -> {after}"


class StateWatch:
    """Takes snapshots of this process; what of vLLM is patched is told against when this was made."""

    def __init__(self, layers: Iterable[str] = (), tops: Iterable[str] = ()) -> None:
        mine = {point.value.partition(":")[0].partition(".")[0] for point in vllm_entry_points()}
        self._observer = Observer(Origins(layers, frozenset({*mine, *tops} - {"vllm"})))

    def snapshot(self) -> State:
        """Describe the process now."""
        return self._observer.snapshot()

    def changes(self, before: State, kinds: Iterable[str] | None = None) -> list[Change]:
        """Return what differs from `before` now, of all kinds or of some."""
        found = changes(before, self.settled(before), None if kinds is None else frozenset(kinds))
        return as_changes(found)

    def settled(self, before: State) -> State:
        """Describe the process now, giving what is about to go the time to do so."""
        return self._observer.settled(before)

    def unchanged(self, kinds: Iterable[str] | None = None) -> Unchanged:
        """Return a context that asserts that its block leaves the process as it was."""
        return Unchanged(self, kinds)


class Unchanged:
    """A block after which the process has to be as it was before; nothing is asserted of one that raises."""

    def __init__(self, watch: StateWatch, kinds: Iterable[str] | None) -> None:
        self._watch = watch
        self._kinds = kinds
        self._before: State = {}

    def __enter__(self) -> None:
        self._before = self._watch.snapshot()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        __tracebackhide__ = True
        found = self._watch.changes(self._before, self._kinds) if kind is None else []
        if found:
            raise AssertionError(f"The process is not as it was before the block:\n{as_lines(found)}")


def as_changes(found: Iterable[dict[str, Any]]) -> list[Change]:
    """Return the probe's changes as ours."""
    return [Change(one["kind"], one["subject"], one["before"], one["after"]) for one in found]


def as_lines(found: Iterable[Change]) -> str:
    """Return changes as indented lines; what is beyond the twentieth is counted."""
    lines = [f"  {change}" for change in found]
    more = [f"  and {len(lines) - 20} more"] if len(lines) > 20 else []  # noqa: PLR2004 - as said
    return "\n".join(lines[:20] + more)
