"""vLLM's logger: one handler on the logger `vllm`, and methods that say a thing once (`vllm/logger.py`)."""

from __future__ import annotations

import logging
import os as _os
import sys as _sys
from functools import cache, lru_cache
from types import MethodType
from typing import Any, Dict, Hashable

from vllm import envs as _envs
from vllm._reference import trim as _trim

_FORMAT = "%(levelname)s %(asctime)s [%(filename)s:%(lineno)d] %(message)s"
_DATE_FORMAT = "%m-%d %H:%M:%S"

DEFAULT_LOGGING_CONFIG: Dict[str, Any] = {
    "formatters": {"vllm": {"datefmt": _DATE_FORMAT, "format": _FORMAT}},
    "handlers": {
        "vllm": {"class": "logging.StreamHandler", "formatter": "vllm", "stream": "ext://sys.stdout"}
    },
    "loggers": {"vllm": {"handlers": ["vllm"], "level": "INFO", "propagate": False}},
    "version": 1,
    "disable_existing_loggers": False,
}


@cache
def _once(level: int, name: str, msg: str, args: Any) -> None:
    logging.getLogger(name).log(level, msg, *args, stacklevel=3)


class _VllmLogger(logging.Logger):
    """Type of what `init_logger` returns; its methods are put on plain loggers."""

    def debug_once(self, msg: str, *args: Hashable, **_scope: Any) -> None:
        """Log at DEBUG, the first time only."""
        _once(logging.DEBUG, self.name, msg, args)

    def info_once(self, msg: str, *args: Hashable, **_scope: Any) -> None:
        """Log at INFO, the first time only."""
        _once(logging.INFO, self.name, msg, args)

    def warning_once(self, msg: str, *args: Hashable, **_scope: Any) -> None:
        """Log at WARNING, the first time only."""
        _once(logging.WARNING, self.name, msg, args)

    def error_once(self, msg: str, *args: Hashable, **_scope: Any) -> None:
        """Log at ERROR, the first time only."""
        _once(logging.ERROR, self.name, msg, args)


def _configure_vllm_root_logger() -> None:
    """Give the logger `vllm` its handler, unless VLLM_CONFIGURE_LOGGING=0 or it has one."""
    root = logging.getLogger("vllm")
    if _os.environ.get("VLLM_CONFIGURE_LOGGING", "1") == "0" or root.handlers:
        return
    handler = logging.StreamHandler(_sys.stdout)
    handler.set_name("vllm")
    handler.setFormatter(logging.Formatter(_FORMAT, _DATE_FORMAT))
    root.addHandler(handler)
    root.setLevel(str(getattr(_envs, "VLLM_LOGGING_LEVEL", "INFO") or "INFO").upper())
    root.propagate = False


def init_logger(name: str) -> Any:
    """Return the logger `name` with `debug_once`, `info_once`, `warning_once` and `error_once`."""
    found = logging.getLogger(name)
    for method in ("debug_once", "info_once", "warning_once", "error_once"):
        setattr(found, method, MethodType(getattr(_VllmLogger, method), found))
    return found


_configure_vllm_root_logger()
logger = init_logger(__name__)

_trim(globals())
