"""Attention backends by name (`vllm/attention/backends/registry.py`, 0.11.1; `vllm/v1/...` from 0.14.0)."""

from __future__ import annotations

import enum as _enum
from typing import Any, Dict

from vllm._reference import define_enum as _define_enum
from vllm._reference import define_function as _define_function
from vllm._reference import trim as _trim
from vllm._reference import value as _value
from vllm._reference.qualname import resolve_obj_by_qualname
from vllm.logger import init_logger

logger = init_logger(__name__)

_overrides: Dict[Any, str] = {}


class _AttentionBackendEnumMeta(_enum.EnumMeta):
    """Says which names there are when one is not."""

    def __getitem__(cls, name: str) -> Any:
        try:
            return super().__getitem__(name)
        except KeyError:
            known = ", ".join(cls.__members__)
            raise ValueError(f"Unknown attention backend: '{name}'. Valid options are: {known}") from None


class _Backends(_enum.Enum, metaclass=_AttentionBackendEnumMeta):
    """Methods of the enumerations: a member's value is its default class path."""

    def get_path(self, include_classname: bool = True) -> str:
        """Return the class path, overrides counted; ValueError for a placeholder nobody registered."""
        path: str = _overrides.get(self, self.value)
        if not path:
            raise ValueError(
                f"Backend {self.name} must be registered before use. "
                f"Use register_backend(Backend.{self.name}, 'your.module.YourClass')"
            )
        return path if include_classname else path.rsplit(".", 1)[0]

    def get_class(self) -> Any:
        """Import the class."""
        return resolve_obj_by_qualname(self.get_path())

    def is_overridden(self) -> bool:
        """Tell whether somebody registered a class."""
        return self in _overrides

    def clear_override(self) -> None:
        """Forget what was registered."""
        _overrides.pop(self, None)

    @classmethod
    def register(cls, name: str, value: str) -> Any:
        """Add a member (0.32.0)."""
        if name in cls._member_map_:
            raise ValueError(
                f"Backend {name} already exists in {cls.__name__}. "
                f"Use register_backend({cls.__name__}.{name}, '{value}') to override."
            )
        if not name.isidentifier() or hasattr(cls, name):
            raise ValueError(f"Invalid or reserved backend name: {name}")
        member = object.__new__(cls)
        member._name_ = name
        member._value_ = value
        type.__setattr__(cls, name, member)
        cls._member_map_[name] = member
        cls._value2member_map_[value] = member
        cls._member_names_.append(name)
        logger.info("Registered new attention backend: %s -> %s", name, value)
        return member


if _value("register_backend") != "name-or-backend":
    del _Backends.register

AttentionBackendEnum: Any = _define_enum("AttentionBackendEnum", globals(), base=_Backends)
MambaAttentionBackendEnum: Any = _define_enum("MambaAttentionBackendEnum", globals(), base=_Backends)
_ATTN_OVERRIDES = _MAMBA_ATTN_OVERRIDES = _OVERRIDES = _overrides
_enum_of_attention = AttentionBackendEnum
_enum_of_mamba = MambaAttentionBackendEnum


def _register(arguments: Dict[str, Any]) -> Any:
    """Register a class path, or return a decorator that registers the class it gets."""
    backend, path = arguments["backend"], arguments["class_path"]
    if isinstance(backend, str) and not isinstance(backend, _enum.Enum):
        enumeration = _enum_of_mamba if arguments.get("is_mamba") else _enum_of_attention
        if hasattr(enumeration, "register"):
            backend = enumeration.register(backend, path or "")
    if path is not None:
        _overrides[backend] = path
        return lambda registered: registered

    def decorate(registered: Any) -> Any:
        _overrides[backend] = f"{registered.__module__}.{registered.__qualname__}"
        return registered

    return decorate


register_backend = _define_function("register_backend", globals(), _register)

if MambaAttentionBackendEnum is not None:
    MAMBA_TYPE_TO_BACKEND_MAP = {
        "mamba1": "MAMBA1",
        "mamba2": "MAMBA2",
        "short_conv": "SHORT_CONV",
        "linear_attention": "LINEAR",
        "gdn_attention": "GDN_ATTN",
        "custom": "CUSTOM",
    }

_RENAMED = (
    "_Backend has been renamed to AttentionBackendEnum. Please update your code to use AttentionBackendEnum "
    "instead. _Backend will be removed in a future release."
)


class _BackendMeta(type):
    """Warns whenever the old name is used."""

    def __getattribute__(cls, name: str) -> Any:
        if name not in ("__class__", "__mro__", "__name__"):
            logger.warning(_RENAMED)
        return getattr(_enum_of_attention, name)

    def __getitem__(cls, name: str) -> Any:
        logger.warning(_RENAMED)
        return _enum_of_attention[name]


class _Backend(metaclass=_BackendMeta):
    """The old name (0.11.1 to 0.12.0)."""


_trim(globals())
