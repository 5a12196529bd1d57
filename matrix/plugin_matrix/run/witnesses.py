"""Running programs on a real release: one process in a sandbox for all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from plugin_matrix.engines.environment import Environment
from plugin_matrix.errors import PluginMatrixError
from plugin_matrix.model import Engine, EngineKind, Platform
from plugin_matrix.model.witness import Program
from plugin_matrix.plugins.store import Store
from plugin_matrix.rules.static.witnessing import Ran, RunPrograms
from plugin_matrix.run.cell import variables_of
from plugin_matrix.run.sandboxes import Choice, sandboxes
from plugin_matrix.run.venue import Venue, venues
from plugin_matrix.sandbox import Command, Limits

SECONDS = 300.0
"""For all programs of one release in one process; importing much of vLLM takes half a minute."""


class _Told(msgspec.Struct, frozen=True):
    schema: int
    results: tuple[Ran, ...]


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    schema: int = 1
    programs: tuple[Program, ...]
    seconds: float = SECONDS


@contextmanager
def on_releases(
    platform: Platform, store: Path, choice: Choice, limits: Limits, tell: Callable[[str], None]
) -> Iterator[RunPrograms]:
    """Give what runs programs on the releases themselves, while the block lasts; `tell` is told of flaws.

    Raises `SandboxError` where nothing can be run.
    """
    with Store(store).in_use(), sandboxes(choice, (platform,), store, tell) as chosen:
        yield on_venue(venues(chosen, (platform,), store, limits)[platform], platform, limits)


def on_venue(venue: Venue, platform: Platform, limits: Limits) -> RunPrograms:
    """Return what runs programs on the releases themselves, where the cells of a platform run."""

    def provide(release: str) -> Environment:
        return venue.environments.provide(Engine(EngineKind.RELEASE, release), platform)

    return runner(venue, provide, limits)


def runner(venue: Venue, provide: Callable[[str], Environment], limits: Limits) -> RunPrograms:
    """Return what runs programs on the engine that `provide` gives for a release, in a sandbox of `venue`."""

    def run(release: str, programs: tuple[Program, ...]) -> tuple[Ran, ...]:
        try:
            environment = provide(release)
            probe = venue.probe(environment)
            main = str(probe / "__main__.py")
            command = Command(
                argv=(
                    *(str(environment.python), "-I", "-B", main),
                    *("--witness", "{scratch}/request.json", "{result}"),
                ),
                environment=variables_of(environment),
                files={"request.json": msgspec.json.encode(_Request(programs=programs))},
                read_only=(*environment.read_only, probe),
                limits=msgspec.structs.replace(limits, wall_seconds=max(limits.wall_seconds, SECONDS)),
            )
            execution = venue.sandbox.run(command)
        except PluginMatrixError as error:
            return (Ran("reach", "", f"vLLM {release} cannot be run here: {error}"),) * len(programs)
        return _results(execution.result, len(programs), execution.output)

    return run


def _results(content: bytes | None, number: int, output: str) -> tuple[Ran, ...]:
    try:
        results = msgspec.json.decode(content or b"", type=_Told).results
    except msgspec.DecodeError:
        results = ()
    if len(results) != number:
        last = (output.strip().splitlines() or ["it said nothing"])[-1]
        return (Ran("reach", "", f"the process that runs programs left no result: {last}"),) * number
    return results
