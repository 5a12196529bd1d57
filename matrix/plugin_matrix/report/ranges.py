"""Release ranges: which of a run's engines something holds on, in few words."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from plugin_matrix.model import Cell, Engine, Results
from plugin_matrix.model.version_set import release_axis


def ordered(engines: Iterable[Engine]) -> tuple[Engine, ...]:
    """Return `engines` from the oldest release to the newest, one kind after the other."""
    return tuple(sorted(engines, key=lambda engine: (engine.kind.value, engine.version)))


def several_kinds(engines: Iterable[Engine]) -> bool:
    """Tell whether a release alone does not name an engine of the run."""
    return len({engine.kind for engine in engines}) > 1


def ranges(some: Collection[Engine], among: Sequence[Engine], *, dash: str = "-") -> str:
    """Return `some` as ranges of neighbours in `among`: `0.7.0-0.10.1, 0.33.0`.

    `among` is the run's engines in the order of `ordered`; a range says nothing of releases
    that were not in the run. The kind stands before a range only where the run has several.
    """
    named = several_kinds(among)
    wanted = set(some)
    found: list[list[Engine]] = []
    previous: Engine | None = None
    for engine in among:
        if engine in wanted:
            if found and previous == found[-1][-1] and engine.kind == found[-1][-1].kind:
                found[-1].append(engine)
            else:
                found.append([engine])
        previous = engine
    return ", ".join(_range(members[0], members[-1], dash, named) for members in found)


def _range(first: Engine, last: Engine, dash: str, named: bool) -> str:  # noqa: FBT001 - private, two callers' words
    start = first.id if named else first.release
    return start if first == last else f"{start}{dash}{last.release}"


class Axis:
    """The engines and platforms of one run, to say where something holds."""

    def __init__(self, results: Results, *, dash: str = "-") -> None:
        self.engines = ordered(results.engines)
        self.platforms = results.platforms
        self._dash = dash

    def name(self, engine: Engine) -> str:
        """Return the shortest name of an engine in this run: its release where all are of one kind."""
        return engine.id if several_kinds(self.engines) else engine.release

    def releases(self, cells: Iterable[Cell]) -> tuple[str, ...]:
        """Return the releases of `cells`, each once, oldest first."""
        return release_axis(cell.engine.release for cell in cells).releases

    def where(self, cells: Iterable[Cell]) -> str:
        """Return the ranges `cells` span; platforms are named unless all have the same ranges.

        `0.7.0-0.10.1` or `0.7.0 on cpu-py311; 0.7.0-0.8.0 on cpu-py312`.
        """
        engines_of: dict[str, set[Engine]] = defaultdict(set)
        for cell in cells:
            engines_of[cell.platform.id].add(cell.engine)
        platforms_of: dict[str, list[str]] = defaultdict(list)
        for platform in self.platforms:
            if platform.id in engines_of:
                text = ranges(engines_of[platform.id], self.engines, dash=self._dash)
                platforms_of[text].append(platform.id)
        if len(platforms_of) == 1 and len(engines_of) == len(self.platforms):
            return next(iter(platforms_of))
        return "; ".join(f"{text} on {' and '.join(ids)}" for text, ids in platforms_of.items())
