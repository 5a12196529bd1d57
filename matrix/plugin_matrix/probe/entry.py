"""Entry points, and the groups they are in.

The driver reads this, so it imports next to nothing: its start is paid for by every cell.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib import metadata

GENERAL = "vllm.general_plugins"
PLATFORM = "vllm.platform_plugins"
LOGITS = "vllm.logits_processors"
IO = "vllm.io_processor_plugins"
STATS = "vllm.stat_logger_plugins"
ENDPOINT = "vllm.endpoint_plugins"
GROUPS = (GENERAL, PLATFORM, LOGITS, IO, STATS, ENDPOINT)


class Entry(namedtuple("Entry", ("group", "name", "value"))):
    """An entry point of the plugin."""

    __slots__ = ()
    group: str
    name: str
    value: str

    @property
    def id(self) -> str:
        """`group:name`."""
        return f"{self.group}:{self.name}"

    def point(self) -> metadata.EntryPoint:
        """Return the object that loads it."""
        from importlib import metadata  # noqa: PLC0415 - as the module says

        return metadata.EntryPoint(name=self.name, value=self.value, group=self.group)
