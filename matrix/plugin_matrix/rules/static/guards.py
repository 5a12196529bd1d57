"""Guards as sets: on which releases one certainly holds, and on which it may."""

import functools
from collections.abc import Iterable
from typing import assert_never

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.records import (
    All,
    Always,
    AnyOf,
    Exists,
    Guard,
    HasArchitecture,
    IsSet,
    Not,
    OnRelease,
    Unknown,
)
from plugin_matrix.rules.static.asking import Surface
from plugin_matrix.surface.answers import Missing, Unclear

Bounds = tuple[Mask, Mask]
"""Releases on which a guard certainly holds, and those on which it possibly does (never fewer)."""


class Guards:
    """Evaluates guards on the releases of `mask`; memoizes, because modules share few of them."""

    def __init__(self, surface: Surface, history: InterfaceHistory, mask: Mask) -> None:
        self.mask = mask
        self.failing: dict[str, Mask] = {}
        """Releases on which a plugin module certainly cannot be imported, by module."""
        self._surface = surface
        self._history = history
        self._memo: dict[Guard, Bounds] = {}

    def start_over(self, failing: dict[str, Mask]) -> None:
        """Forget what was found, and take `failing` for the modules that cannot be imported."""
        self.failing = failing
        self._memo.clear()

    def bounds(self, guard: Guard) -> Bounds:
        """Return on which releases `guard` certainly and possibly holds."""
        if isinstance(guard, Always):
            return self.mask, self.mask
        known = self._memo.get(guard)
        if known is None:
            known = self._memo[guard] = self._evaluate(guard)
        return known

    def _evaluate(self, guard: Guard) -> Bounds:  # noqa: PLR0911 - one return for each form a guard has
        match guard:
            case Always():
                return self.mask, self.mask
            case Unknown():
                return 0, self.mask
            case OnRelease():
                return self._on_release(guard)
            case Exists():
                return self._exists(guard.path)
            case HasArchitecture():
                return self._built_in(guard.name), self.mask
            case IsSet():
                return 0, self.mask
            case Not():
                return self._not(guard.guard)
            case All():
                bounds = [self.bounds(one) for one in guard.guards]
                return _meet(self.mask, (one[0] for one in bounds)), _meet(
                    self.mask, (one[1] for one in bounds)
                )
            case AnyOf():
                bounds = [self.bounds(one) for one in guard.guards]
                return _join(one[0] for one in bounds), _join(one[1] for one in bounds)
            case _:
                assert_never(guard)

    def _not(self, guard: Guard) -> Bounds:
        match guard:
            case IsSet():
                return self.mask, self.mask
            case HasArchitecture(name):
                # The plugin's own registration comes after the first time it asks.
                lacking = self.mask & ~self._built_in(name)
                return lacking, lacking
            case _:
                certain, possible = self.bounds(guard)
                return self.mask & ~possible, self.mask & ~certain

    def _on_release(self, guard: OnRelease) -> Bounds:
        releases = self._surface.axis.releases
        try:
            if guard.operator == "specifier":
                holds = self._surface.axis.matching(SpecifierSet(guard.version))
            else:
                holds = _compared(releases, guard.operator, Version(guard.version))
        except (InvalidVersion, InvalidSpecifier):
            return 0, self.mask  # the plugin compares with something that is no version
        return holds & self.mask, holds & self.mask

    def _built_in(self, architecture: str) -> Mask:
        """Return the releases that bring a model of that architecture."""
        axis, history = self._surface.axis, self._history
        return self.mask & axis.mask(
            release
            for release in axis.releases
            if history.has_architecture(history.stand_in(release), architecture)
        )

    def _exists(self, path: AccessPath) -> Bounds:
        if path.root.split(".", 1)[0] != "vllm":
            return self._exists_in_plugin(path)
        certain = possible = 0
        for answer in self._surface.resolve(path, self.mask):
            if isinstance(answer.thing, Missing):
                continue
            possible |= answer.mask
            if not answer.conditional and not isinstance(answer.thing, Unclear):
                certain |= answer.mask
        return certain, possible

    def _exists_in_plugin(self, path: AccessPath) -> Bounds:
        """Tell where something of the plugin's own can be imported: where its module can."""
        module = path.root
        while module and module not in self.failing:
            module = module.rpartition(".")[0]
        if not module:
            return 0, self.mask  # of another distribution
        holds = self.mask & ~self.failing[module]
        return holds, holds


def _meet(mask: Mask, masks: Iterable[Mask]) -> Mask:
    return functools.reduce(int.__and__, masks, mask)


def _join(masks: Iterable[Mask]) -> Mask:
    return functools.reduce(int.__or__, masks, 0)


def _compared(releases: tuple[str, ...], operator: str, version: Version) -> Mask:
    """Return the releases for which Python's comparison of versions (not a specifier's) holds."""
    tests = {
        "<": Version.__lt__,
        "<=": Version.__le__,
        "==": Version.__eq__,
        "!=": Version.__ne__,
        ">=": Version.__ge__,
        ">": Version.__gt__,
    }
    test = tests[operator]
    return sum(1 << i for i, release in enumerate(releases) if test(Version(release), version))
