"""Families: the plugin's classes with the bases they come from, held against the surface."""

from collections.abc import Iterator, Mapping

import msgspec

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.records import PluginClass
from plugin_matrix.rules.static.asking import Surface
from plugin_matrix.surface.answers import Answer, ClassAt, Missing, Unclear

_HARMLESS = {
    "object",
    "builtins.object",
    "abc.ABC",
    "typing.Generic",
    "typing.Protocol",
    "typing_extensions.Protocol",
}
"""Bases of other distributions that bring no member a plugin or vLLM asks for."""


class BaseAt(msgspec.Struct, frozen=True):
    """A base class of vLLM's, on the releases of `mask`."""

    mask: Mask
    cls: ClassAt


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A class of the plugin, its ancestors in the plugin, and its bases in vLLM."""

    cls: PluginClass
    chain: tuple[PluginClass, ...]
    """The class and its ancestors in the plugin, nearest first."""
    paths: tuple[AccessPath, ...]
    """vLLM's bases in order, as the plugin names them."""
    bases: tuple[tuple[BaseAt, ...], ...]
    """What they are, each as the classes it is on releases: one for each place of a definition."""
    forms: tuple[tuple[BaseAt, ...], ...]
    """The same with one for each form that a definition has."""
    unclear: Mask
    """Releases on which some base cannot be told, or is none of a class."""
    absent: Mask
    """Releases on which some base is missing: the class statement fails there."""
    open: bool
    """Some base is not known at all: it may bring any member."""
    foreign: frozenset[str] = frozenset()
    """Bases of other distributions, by their dotted names; empty for one that cannot be told."""

    @property
    def ours(self) -> bool:
        """Whether vLLM's classes are among the ancestors."""
        return bool(self.bases)

    def defines(self, name: str) -> bool:
        """Tell whether the class or an ancestor in the plugin binds `name`."""
        return any(
            name in one.methods or name in one.attributes or name in _fields(one) for one in self.chain
        )

    def base_path(self, name: str) -> str:
        """Return the dotted path of the member `name` in the first base, as the plugin names the base."""
        return f"{self.paths[0].text()}.{name}"

    @property
    def dynamic(self) -> bool:
        """Whether members may come into being that the source does not show."""
        return any(one.dynamic for one in self.chain)


def _by_place(forms: tuple[BaseAt, ...]) -> tuple[BaseAt, ...]:
    """Put together the forms of a class: members and callers are asked for by its place."""
    found: dict[str, BaseAt] = {}
    for one in forms:
        known = found.get(one.cls.path)
        found[one.cls.path] = BaseAt(one.mask | (known.mask if known else 0), one.cls)
    return tuple(found.values())


def _fields(cls: PluginClass) -> set[str]:
    return {name for name, _ in cls.fields}


class Families:
    """Families of all classes of a plugin; memoizes."""

    def __init__(self, classes: Mapping[str, PluginClass], surface: Surface) -> None:
        self._classes = classes
        self._surface = surface
        self._by_path = {identifier.replace(":", "."): identifier for identifier in classes}
        self._known: dict[str, Family] = {}
        self.parents: dict[str, set[str]] = {}
        """Plugin classes by each plugin class that derives from them."""
        for cls in classes.values():
            self.parents[cls.id] = {
                self._by_path[base.root]
                for base in cls.bases
                if base is not None and not base.steps and base.root in self._by_path
            }
        self.derived_from = set().union(*self.parents.values())
        """Plugin classes from which another one derives."""

    def find(self, path: str) -> PluginClass | None:
        """Return the class at a dotted path or `module:qualname` in the plugin."""
        return self._classes.get(self._by_path.get(path.replace(":", "."), ""))

    def __iter__(self) -> Iterator[Family]:
        """Yield the family of every class."""
        return map(self.of, self._classes)

    def of(self, identifier: str) -> Family:
        """Return the family of the class `identifier`."""
        known = self._known.get(identifier)
        if known is None:
            known = self._known[identifier] = self._make(self._classes[identifier])
        return known

    def _make(self, cls: PluginClass) -> Family:
        chain: list[PluginClass] = []
        paths: list[AccessPath] = []
        foreign: set[str] = set()
        self._collect(cls, chain, paths, foreign)
        everything = self._surface.axis.all
        bases: list[tuple[BaseAt, ...]] = []
        unclear = absent = 0
        for path in paths:
            found = []
            for answer in self._surface.resolve(path, everything):
                if isinstance(answer.thing, Missing):
                    absent |= answer.mask
                elif isinstance(answer.thing, ClassAt) and not answer.conditional:
                    found.append(BaseAt(answer.mask, answer.thing))
                else:
                    unclear |= answer.mask
            bases.append(tuple(found))
        return Family(
            cls=cls,
            chain=tuple(chain),
            paths=tuple(paths),
            bases=tuple(_by_place(forms) for forms in bases),
            forms=tuple(bases),
            unclear=unclear,
            absent=absent,
            open=bool(foreign),
            foreign=frozenset(foreign),
        )

    def _collect(
        self, cls: PluginClass, chain: list[PluginClass], paths: list[AccessPath], foreign: set[str]
    ) -> None:
        if cls in chain:
            return
        chain.append(cls)
        for base in cls.bases:
            if base is None:
                foreign.add("")
            elif base.root.split(".", 1)[0] == "vllm":
                if base not in paths:
                    paths.append(base)
            elif not base.steps and base.root in self._by_path:
                self._collect(self._classes[self._by_path[base.root]], chain, paths, foreign)
            elif base.root not in _HARMLESS:
                foreign.add(base.root)

    def members(self, family: Family, name: str, mask: Mask) -> tuple[Answer, ...]:
        """Return what `name` is along vLLM's bases on the releases of `mask`; disjoint and covering.

        Where a base cannot be told, or is missing, the answer is `Unclear`.
        """
        answers = []
        mask &= self._surface.axis.all
        rest = mask & ~(family.unclear | family.absent)
        if mask & ~rest:
            answers.append(Answer(mask & ~rest, Unclear("a base class cannot be told")))
        lacking: list[Answer] = []
        for base in family.bases:
            lacking = []
            for one in base:
                if not rest & one.mask:
                    continue
                for answer in self._surface.member(one.cls, name, rest & one.mask, instance=True):
                    if isinstance(answer.thing, Missing):
                        lacking.append(answer)
                    else:
                        answers.append(answer)
                        rest &= ~answer.mask
        if family.open and rest:
            answers.append(Answer(rest, Unclear("a base class of another distribution")))
        elif rest:
            answers.extend(
                Answer(answer.mask & rest, answer.thing) for answer in lacking if answer.mask & rest
            )
        return tuple(answers)
