"""Where the cells of a platform run: in processes of this machine, or in containers of its image."""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable

import msgspec

from plugin_matrix.engines.environment import Environment, Environments, PluginLayer
from plugin_matrix.engines.interpreters import image_interpreter
from plugin_matrix.model import Platform
from plugin_matrix.run.byte_code import LayerByteCode
from plugin_matrix.run.probe import CompiledProbe
from plugin_matrix.sandbox import Limits, Sandbox

Sandboxes = Sandbox | Mapping[Platform, Sandbox]
"""One sandbox for all platforms, or one for each."""


class Image(Protocol):
    """What a venue has to know of an image."""

    @property
    def reference(self) -> str:
        """The image itself, whatever its tag names later."""

    @property
    def interpreter(self) -> PurePosixPath:
        """Its Python."""

    @property
    def python(self) -> str:
        """That Python's full version."""

    @property
    def stand_ins(self) -> PurePosixPath | None:
        """Directory of the image with stand-ins for vendor modules."""


@runtime_checkable
class Contained(Sandbox, Protocol):
    """A sandbox in whose image the Python is; asked for in these words because containers are an extra."""

    @property
    def image(self) -> Image:
        """The image that its cells run in."""

    def compile_byte_code(self, directory: Path) -> None:
        """Compile what was installed into `directory` with the image's Python."""


class Venue(msgspec.Struct, frozen=True):
    """A sandbox, and environments, probe and byte code for the Python it has."""

    sandbox: Sandbox
    environments: Environments
    probe: Callable[[Environment], Path]
    byte_code: Callable[[PluginLayer, Environment], PluginLayer]

    @classmethod
    def of(cls, sandbox: Sandbox, store: Path, limits: Limits) -> "Venue":
        """Return the venue of a sandbox."""
        if isinstance(sandbox, Contained):
            image = sandbox.image
            interpreter = image_interpreter(image.interpreter, image.python, image.reference)
            environments = Environments(
                store,
                find=lambda _: interpreter,
                compile_byte_code=sandbox.compile_byte_code,
                stand_ins=image.stand_ins,
            )
            probe = CompiledProbe(store, sandbox.compile_byte_code)
        else:
            environments = Environments(store)
            probe = CompiledProbe(store)
        return cls(sandbox, environments, probe, LayerByteCode(store, sandbox, probe, limits))


def venues(
    sandboxes: Sandboxes, platforms: tuple[Platform, ...], store: Path, limits: Limits
) -> Mapping[Platform, Venue]:
    """Return the venue of each platform; platforms with the same sandbox share one."""
    chosen = sandboxes if isinstance(sandboxes, Mapping) else dict.fromkeys(platforms, sandboxes)
    made: dict[int, Venue] = {}
    for sandbox in chosen.values():
        if id(sandbox) not in made:
            made[id(sandbox)] = Venue.of(sandbox, store, limits)
    return {platform: made[id(chosen[platform])] for platform in platforms}
