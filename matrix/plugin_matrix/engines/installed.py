"""The real engines of a store: what is there, what it takes, and taking some out."""

import datetime as dt

import msgspec
from packaging.version import Version

from plugin_matrix.engines.environment import KIND as ENVIRONMENTS
from plugin_matrix.engines.packages import KIND as PACKAGES
from plugin_matrix.engines.real import KIND as ENGINES
from plugin_matrix.engines.real import ORIGIN, Origin
from plugin_matrix.plugins.pruning import Entry, Pruned, entries, take_out, total
from plugin_matrix.plugins.store import Store


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A real engine with its environments."""

    id: str
    artefact: str
    """What it was made from: a file on the package index, a directory or several."""
    wheels: tuple[Entry, ...]
    """One, or of a checkout that was edited one for each state it was used in."""
    environments: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes on disk, without the packages that it shares with others."""
        return total((*self.wheels, *self.environments))

    @property
    def last_use(self) -> dt.datetime:
        """When it was used for the last time."""
        return dt.datetime.fromtimestamp(
            max(entry.last_use for entry in (*self.wheels, *self.environments)), dt.UTC
        )


class RealEngines(msgspec.Struct, frozen=True):
    """The real engines of a store, and the packages that they share."""

    engines: tuple[Installed, ...]
    packages: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes on disk of all together."""
        return sum(engine.size for engine in self.engines) + total(self.packages)


def real_engines(store: Store) -> RealEngines:
    """Return what a store has of real engines, oldest release first; raises as `Store.guarded` does."""
    if not store.root.is_dir():
        return RealEngines((), ())
    found = entries(store)
    environments = [entry for entry in found if entry.kind == ENVIRONMENTS]
    wheels: dict[str, dict[Entry, str]] = {}
    for entry in found:
        if entry.kind == ENGINES and (origin := _origin(entry)) is not None:
            wheels.setdefault(origin.engine, {})[entry] = origin.artefact
    engines = tuple(
        Installed(
            id=engine,
            artefact=", ".join(sorted(set(own.values()))),
            wheels=tuple(own),
            environments=tuple(one for one in environments if one.key.startswith(f"{engine}-")),
        )
        for engine, own in sorted(wheels.items(), key=lambda one: _place(one[0]))
    )
    return RealEngines(
        engines,
        tuple(entry for entry in found if entry.kind == PACKAGES),
    )


def remove_engines(store: Store, ids: frozenset[str], *, packages: bool = False) -> Pruned:
    """Take real engines out of a store, and with `packages` what they share.

    What a run under way uses stays, and is told as kept. Raises as `Store.guarded` does.
    """
    there = real_engines(store)
    doomed = [
        entry
        for engine in there.engines
        if engine.id in ids
        for entry in (*engine.environments, *engine.wheels)
    ]
    return take_out(store, (*doomed, *(there.packages if packages else ())))


def _place(engine: str) -> tuple[str, Version]:
    """Return where an engine comes among others: by its kind, then by its release."""
    kind, _, release = engine.rpartition("-")
    return kind, Version(release)


def _origin(entry: Entry) -> Origin | None:
    try:
        return msgspec.json.decode((entry.path / ORIGIN).read_bytes(), type=Origin)
    except (OSError, msgspec.MsgspecError):
        return None
