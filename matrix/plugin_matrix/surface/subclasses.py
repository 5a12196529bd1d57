"""Classes of vLLM that derive from a class, going by names: enough to doubt that a member is missing."""

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.bases import Place, union
from plugin_matrix.surface.classes import Classes


class Subclasses:
    """Finds what subclasses have; the index tells the modules that derive from a name as `(name)`."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._names = classes.names
        self._memo = classes.memo

    def giving(self, place: Place, name: str) -> Mask:
        """Return the releases where a class of vLLM that derives, going by names, from this has `name`."""
        return self._memo.get(
            ("subclasses", place.qualname, name), lambda: self._given(place.qualname, name), 0
        )

    def _given(self, qualname: str, name: str) -> Mask:
        given = 0
        pending = [qualname.rpartition(".")[2]]
        seen = set(pending)
        while pending:
            last = pending.pop()
            for module, _ in self._names.index.homes(f"({last})"):
                for derived in self._derived(module).get(last, ()):
                    given |= union(mask for mask, _ in self._classes.member(Place(module, derived), name))
                    own_last = derived.rpartition(".")[2]
                    if own_last not in seen:
                        seen.add(own_last)
                        pending.append(own_last)
        return given

    def _derived(self, module: str) -> dict[str, set[str]]:
        """Return the classes of a module by the last name of each of their bases."""
        return self._memo.get(("derived", module), lambda: self._all_derived(module), {})

    def _all_derived(self, module: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        surface = self._names.surface(module)
        for qualname, record in surface.symbols.classes() if surface else ():
            for base in record.bases:
                found.setdefault(base.rpartition(".")[2], set()).add(qualname)
        return found
