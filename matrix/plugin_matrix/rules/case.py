"""A case: everything that is known about one cell when it is judged, and look-ups in it."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final, TypeVar

from packaging.utils import canonicalize_name
from packaging.version import Version

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Cell, EntryPoint, Observation, Plugin
from plugin_matrix.model.observation import (
    Child,
    Component,
    Concurrent,
    EntryPointSeen,
    FilterCase,
    Load,
    ModelSeen,
    PlatformSeen,
    Register,
)
from plugin_matrix.sandbox.protocol import End, Execution

GENERAL: Final = "vllm.general_plugins"
PLATFORM: Final = "vllm.platform_plugins"
LOGITS_PROCESSORS: Final = "vllm.logits_processors"
IO_PROCESSOR: Final = "vllm.io_processor_plugins"
STAT_LOGGER: Final = "vllm.stat_logger_plugins"
ENDPOINT: Final = "vllm.endpoint_plugins"

MANY_REFUSED_FORKS = 4
"""A plugin that ran into the limit of hundreds of processes this often was not merely unlucky."""

_Seen = TypeVar("_Seen", Load, Register, Concurrent, Child, FilterCase, PlatformSeen, ModelSeen, Component)


class Case:
    """One cell to judge."""

    def __init__(
        self,
        *,
        plugin: Plugin,
        cell: Cell,
        execution: Execution,
        observation: Observation | None,
        history: InterfaceHistory,
        has_torch: bool,
    ) -> None:
        self.plugin = plugin
        self.cell = cell
        self.execution = execution
        self.observation = observation
        self.history = history
        self.has_torch = has_torch

    @property
    def release(self) -> str:
        """The release whose behaviour the cell's engine has."""
        return self.cell.engine.release

    @property
    def lacking(self) -> str:
        """Say, after `which the release has and`, why the cell's engine has less."""
        if self.cell.engine.is_real:
            return "its Python files alone do not bring on this platform"
        return "the reference engine does not model"

    @cached_property
    def version(self) -> Version:
        """The same, comparable."""
        return Version(self.release)

    def since(self, release: str) -> bool:
        """Tell whether the engine is `release` or later."""
        return self.version >= Version(release)

    @cached_property
    def groups(self) -> frozenset[str]:
        """The groups that the release reads."""
        return self.history.groups_at(self.release)

    @cached_property
    def read(self) -> tuple[EntryPoint, ...]:
        """The plugin's entry points in groups that the release reads."""
        return tuple(point for point in self.plugin.entry_points if point.group in self.groups)

    def of_group(self, *groups: str) -> tuple[EntryPoint, ...]:
        """Return the plugin's entry points in `groups`, where the release reads them."""
        return tuple(point for point in self.read if point.group in groups)

    def scenarios(self, kind: type[_Seen]) -> Iterator[_Seen]:
        """Yield the scenarios of one kind in the order they were run."""
        if self.observation is not None:
            yield from (seen for seen in self.observation.scenarios if isinstance(seen, kind))

    def load(self, point: EntryPoint) -> Load | None:
        """Return what was seen of loading `point`."""
        found = (
            seen for seen in self.scenarios(Load) if (seen.group, seen.name) == (point.group, point.name)
        )
        return next(found, None)

    @cached_property
    def discovered(self) -> tuple[EntryPointSeen, ...]:
        """The entry points that stand in the environment."""
        return self.observation.entry_points if self.observation is not None else ()

    def is_plugin(self, seen: EntryPointSeen) -> bool:
        """Tell whether a discovered entry point belongs to the plugin under test."""
        return seen.of_plugin or canonicalize_name(seen.distribution) == canonicalize_name(self.plugin.name)

    @cached_property
    def tops(self) -> frozenset[str]:
        """Top-level modules that are the plugin's own."""
        values = (point.value.partition(":")[0] for point in self.plugin.entry_points)
        imported = (module for seen in self.scenarios(FilterCase) for module in seen.imported)
        return frozenset(name.strip().partition(".")[0] for name in (*values, *imported))

    @cached_property
    def limit_broken(self) -> str | None:
        """The rule about the limit of the sandbox that the cell broke, if it did."""
        match self.execution.end:
            case End.MEMORY:
                return "PM908"
            case End.OUTPUT:
                return "PM909"
            case End.PROCESSES:
                return "PM910"
            case End.EXITED | End.SIGNALLED | End.WALL_TIME | End.INTERRUPTED:
                return "PM910" if self.execution.refused_forks >= MANY_REFUSED_FORKS else None

    @property
    def cut_short(self) -> bool:
        """Tell whether the cell was ended from outside, so that what is missing proves nothing."""
        return self.execution.end in {End.MEMORY, End.OUTPUT, End.PROCESSES, End.WALL_TIME, End.INTERRUPTED}
