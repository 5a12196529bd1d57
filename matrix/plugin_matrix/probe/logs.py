"""Keep what the engine logs while a scenario runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .text import MOST_TOLD, bounded, said

if TYPE_CHECKING:
    from .tracebacks import Describe

_LOADER = ("vllm.plugins", "vllm.platforms")


class LogKeeper(logging.Handler):
    """Keeps records of `vllm` loggers at WARNING or above, and the loader's at any level."""

    def __init__(self, describe: Describe) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[dict[str, Any]] = []
        self.errors: list[BaseException] = []
        self._describe = describe

    def install(self) -> None:
        """Listen on the `vllm` logger, and on the loader's where they do not propagate."""
        logging.getLogger("vllm").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        if record.exc_info and record.exc_info[1] is not None:
            self.errors.append(record.exc_info[1])
            self._describe.note(record.exc_info[1])
        if len(self.lines) >= MOST_TOLD:
            return
        if record.levelno < logging.WARNING and not record.name.startswith(_LOADER):
            return
        try:
            message = bounded(record.getMessage(), 1_000)
        except Exception as error:  # noqa: BLE001 - foreign arguments are formatted here
            message = f"<record that cannot be formatted: {said(error)}>"
        self.lines.append(
            {
                "level": bounded(record.levelname, 20),
                "logger": bounded(record.name, 200),
                "message": message,
            }
        )
