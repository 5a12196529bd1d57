"""What one release changed for plugins against the release before it, as data."""

import functools
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from plugin_matrix.engines.history import Dimension, Group, InterfaceHistory, Step, core_directory
from plugin_matrix.model.version_set import Mask
from plugin_matrix.report.history.members import ExtendedClass, Kind, Member, extended_classes, kind_of
from plugin_matrix.surface.answers import Answer, ClassAt, FunctionAt, Missing, ModuleAt, Value
from plugin_matrix.surface.resolver import Surface

_Shape = TypeVar("_Shape")


class BehaviourChange(msgspec.Struct, frozen=True):
    """A step of a dimension."""

    name: str
    dimension: Dimension
    before: Step | None
    now: Step
    rules: tuple[str, ...]


class MemberChange(msgspec.Struct, frozen=True):
    """A member of a class that plugins extend."""

    name: str
    kind: Kind
    before: Member | None
    now: Member


class ClassChange(msgspec.Struct, frozen=True):
    """What happened to a class that plugins extend."""

    name: str
    module: str
    is_new: bool
    members: tuple[MemberChange, ...]


class Moved(msgspec.Struct, frozen=True):
    """Something that can no longer be imported from where it was."""

    path: str
    homes: tuple[str, ...]
    """Where it is now, likeliest first; empty where it is nowhere."""


class VariableChange(msgspec.Struct, frozen=True):
    """An environment variable; None stands for one that the release does not know."""

    name: str
    before: str | None
    now: str | None


class ReleaseChanges(msgspec.Struct, frozen=True):
    """Everything that one release changed."""

    release: str
    behaviour: tuple[BehaviourChange, ...]
    classes: tuple[ClassChange, ...]
    names: tuple[Moved, ...]
    modules: tuple[Moved, ...]
    variables: tuple[VariableChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing that plugins use changed."""
        return not (self.behaviour or self.classes or self.names or self.modules or self.variables)


@functools.cache
def judged_by() -> Mapping[str, tuple[str, ...]]:
    """Return by dimension the rules that judge plugins by it."""
    text = files(__package__).joinpath("judged_by.toml").read_text("utf-8")
    return {name: tuple(rules) for name, rules in tomllib.loads(text).items()}


class Changes:
    """Answers what each release changed."""

    def __init__(self, history: InterfaceHistory, surface: Surface, core: Path) -> None:
        self.releases = tuple(history.release_facts)
        self.history = history
        self.classes = extended_classes(core)
        self._surface = surface
        interface = core / "interface"
        self._names = _json(interface / "names.json", dict[str, dict[str, str]])
        self._modules = _json(core / "modules.json", dict[str, str])
        self._variables = _json(interface / "envs.json", dict[str, dict[str, str]])

    @classmethod
    def load(cls, surface: Surface) -> Self:
        """Return what the history of this installation says."""
        return cls(InterfaceHistory.load(), surface, core_directory())

    def groups_since(self, release: str) -> tuple[Group, ...]:
        """Return the entry-point groups that `release` is the first to read."""
        return tuple(group for group in self.history.groups if group.since == release)

    def of(self, release: str) -> ReleaseChanges:
        """Return what `release` changed against the one before it."""
        place = self.releases.index(release)
        before = self.releases[place - 1] if place else release
        return ReleaseChanges(
            release=release,
            behaviour=tuple(self._behaviour(release)),
            classes=tuple(self._changed_classes(release)),
            names=tuple(self._left(before, release)),
            modules=tuple(self._modules_left(before, release)),
            variables=tuple(self._changed_variables(before, release)),
        )

    def _behaviour(self, release: str) -> Iterator[BehaviourChange]:
        for name, dimension in self.history.dimensions.items():
            before: Step | None = None
            for step in dimension.steps:
                if step.since == release:
                    yield BehaviourChange(name, dimension, before, step, judged_by()[name])
                before = step

    def _changed_classes(self, release: str) -> Iterator[ClassChange]:
        for name, extended in self.classes.items():
            members = tuple(_changed_members(extended, release))
            is_new = extended.homes[0].since == release
            if is_new or any(one.kind is not Kind.ANNOTATED for one in members):
                homes = [one.module for one in extended.homes if self.history.at_least(release, one.since)]
                yield ClassChange(name, homes[-1], is_new, members)

    def _left(self, before: str, release: str) -> Iterator[Moved]:
        """Yield public names that were defined in a module, or given by its package, and have left it."""
        was, now = (self._surface.axis.bit(one) for one in (before, release))
        for module, names in self._names.items():
            if not self._holds(self._modules.get(module, ""), before):
                continue
            for name, ranges in names.items():
                if name.startswith("_") or not self._holds(ranges, before) or self._holds(ranges, release):
                    continue
                (old, *_) = self._surface.importable(module, name, was)
                if _is_given(old, module) and (moved := self._moved(module, name, old, was, now)):
                    yield moved

    def _modules_left(self, before: str, release: str) -> Iterator[Moved]:
        was, now = (self._surface.axis.bit(one) for one in (before, release))
        for module, ranges in self._modules.items():
            if not self._holds(ranges, before) or self._holds(ranges, release):
                continue
            (old, *_) = self._surface.importable(module, None, was)
            if isinstance(old.thing, ModuleAt) and (moved := self._moved(module, None, old, was, now)):
                yield moved

    def _moved(self, module: str, name: str | None, old: Answer, was: Mask, now: Mask) -> Moved | None:
        (new, *_) = self._surface.importable(module, name, now)
        if not isinstance(new.thing, Missing):
            return None
        missing = new.thing
        # What a module that is gone offered is asked for by its own name.
        if name is not None and missing.kind == "module":
            missing = Missing(module, name, "name")
        homes = tuple(path for path, _ in self._surface.homes(missing, old, now))
        if isinstance(old.thing, Value):
            # Whether the module defined or imported a value is not known; what came up elsewhere moved.
            others = {path for path, _ in self._surface.homes(missing, old, was)}
            homes = tuple(path for path in homes if path not in others)
            if not homes:
                return None
        return Moved(f"{module}.{name}" if name else module, homes)

    def _changed_variables(self, before: str, release: str) -> Iterator[VariableChange]:
        for name, defaults in self._variables.items():
            was, now = (
                next((value for value, ranges in defaults.items() if self._holds(ranges, one)), None)
                for one in (before, release)
            )
            if was != now:
                yield VariableChange(name, was, now)

    def _holds(self, ranges: str, release: str) -> bool:
        return self.history.in_ranges(ranges, release)


def _changed_members(extended: ExtendedClass, release: str) -> Iterator[MemberChange]:
    for name, steps in extended.members.items():
        before: Member | None = None
        for step in steps:
            kind = kind_of(before, step) if step.since == release else None
            if kind is not None:
                yield MemberChange(name, kind, before, step)
            before = step


def _is_given(answer: Answer, module: str) -> bool:
    """Tell whether the module defined it, or is a package that gave it on; what it merely imported is not."""
    match answer.thing:
        case ClassAt(module=home) | FunctionAt(module=home):
            return home == module or home.startswith(f"{module}.")
        case Value():
            return True
        case _:
            return False


def _json(path: Path, shape: type[_Shape]) -> _Shape:
    return msgspec.json.decode(path.read_bytes(), type=shape)
