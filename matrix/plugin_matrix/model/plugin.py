"""Plugins: distributions that declare entry points in vLLM's groups."""

import msgspec


class EntryPoint(msgspec.Struct, frozen=True, order=True):
    """One line of `entry_points.txt`: `name = value` in the section `group`."""

    group: str
    name: str
    value: str

    @property
    def id(self) -> str:
        """`group:name`, the subject of findings about this entry point."""
        return f"{self.group}:{self.name}"


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin artefact says of itself, read without executing it."""

    name: str
    """Distribution name as written in its metadata."""
    version: str
    entry_points: tuple[EntryPoint, ...]
    """Entry points in groups that start with `vllm.`, sorted."""
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    wheel_tags: tuple[str, ...] = ()
    """Compressed wheel tags, `py3-none-any` for pure Python."""
    source: str
    """What the user asked for: a requirement, a wheel, an sdist or a directory (its name, not its path)."""
    sha256: str
    """Hash of the wheel that is installed in cells."""

    @property
    def id(self) -> str:
        """The plugin's part of a cell id, for example `acme==1.4`."""
        return f"{self.name}=={self.version}"
