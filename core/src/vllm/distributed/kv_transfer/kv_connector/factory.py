"""Registry of KV connectors (`vllm/distributed/kv_transfer/kv_connector/factory.py`).

A name that is taken, by vLLM's own connectors too, is a ValueError (0.7.0). vLLM's own are known by name
only. From 0.10.1 a connector may also be named by its module, which from 0.20.0 comes first.
"""

from __future__ import annotations

import importlib
from typing import Any, Callable, ClassVar, Dict, Tuple

from vllm._reference import at_least, trim
from vllm._reference.engine.callables import supports_kw as _supports_kw
from vllm._reference.engine.tables import table as _table
from vllm.logger import init_logger

logger = init_logger(__name__)

_Loader = Callable[[], Any]


def _not_modelled(name: str) -> _Loader:
    def load() -> Any:
        raise ValueError(f"The reference engine has no KV connector {name!r} of its own.")

    return load


class KVConnectorFactory:
    """Connectors by name, imported when they are made."""

    _registry: ClassVar[Dict[str, _Loader]] = {
        name: _not_modelled(name) for name in _table("registries").get("kv_connectors", {})
    }

    @classmethod
    def register_connector(cls, name: str, module_path: str, class_name: str) -> None:
        """Register a connector; ValueError for a name that is taken."""
        if name in cls._registry:
            raise ValueError(f"Connector '{name}' is already registered.")
        cls._registry[name] = lambda: getattr(importlib.import_module(module_path), class_name)

    @classmethod
    def get_connector_class_by_name(cls, connector_name: str) -> Any:
        """Return the class of a registered name; ValueError for another (0.11.1)."""
        if connector_name not in cls._registry:
            raise ValueError(f"Connector '{connector_name}' is not registered.")
        return cls._registry[connector_name]()

    @classmethod
    def get_connector_class(cls, kv_transfer_config: Any) -> Any:
        """Return the class that a configuration names (0.10.1)."""
        return cls._class_and_form(kv_transfer_config)[0]

    @classmethod
    def _class_and_form(cls, kv_transfer_config: Any) -> Tuple[Any, bool]:
        """Return the class, and whether it is constructed without `kv_cache_config` (0.11.1 to 0.20.2)."""
        name, path = kv_transfer_config.kv_connector, kv_transfer_config.kv_connector_module_path
        module_first = at_least("0.20.0") and bool(path)
        if name in cls._registry and not module_first:
            return cls._registry[name](), not at_least("0.11.1")
        if path is None:
            raise ValueError(f"Unsupported connector type: {name}")
        found = getattr(importlib.import_module(path), name)
        if not at_least("0.11.1") or _supports_kw(found, "kv_cache_config"):
            return found, not at_least("0.11.1")
        if at_least("0.21.0"):
            raise ValueError(
                f"Connector {found.__name__} uses deprecated 2-argument constructor signature. External v1 "
                "KV connectors must accept kv_cache_config as the third constructor argument and pass it to "
                "super().__init__()."
            )
        logger.warning(
            "Connector %s uses deprecated signature with 2 required arguments. Please update to include "
            "kv_cache_config as the second argument.",
            found.__name__,
        )
        return found, True

    if at_least("0.10.1"):

        @classmethod
        def create_connector(cls, config: Any, role: Any, kv_cache_config: Any = None) -> Any:
            """Make the configured connector."""
            found, without_cache_config = cls._class_and_form(config.kv_transfer_config)
            return found(config, role) if without_cache_config else found(config, role, kv_cache_config)

    else:

        @classmethod
        def create_connector(cls, rank: int, local_rank: int, config: Any) -> Any:  # type: ignore[misc]
            """Make the configured connector of V0; ValueError for an unknown name."""
            name = config.kv_transfer_config.kv_connector
            if name not in cls._registry:
                raise ValueError(f"Unsupported connector type: {name}")
            return cls._registry[name]()(rank, local_rank, config)

        create_connector_v0 = create_connector

        @classmethod
        def create_connector_v1(cls, config: Any, role: Any) -> Any:
            """Make the configured connector of V1."""
            return cls._registry[config.kv_transfer_config.kv_connector]()(config, role)


_MEMBERS = (  # member, since, first release without it
    ("register_connector", "0.7.0", ""),
    ("create_connector", "0.6.5", "0.8.5"),
    ("create_connector_v0", "0.8.5", "0.10.1"),
    ("create_connector_v1", "0.8.5", "0.10.1"),
    ("create_connector", "0.10.1", ""),
    ("get_connector_class", "0.10.1", ""),
    ("get_connector_class_by_name", "0.11.1", ""),
)
_kept = {name for name, since, gone in _MEMBERS if at_least(since) and not (gone and at_least(gone))}
for _name in {name for name, _, _ in _MEMBERS} - _kept:
    if _name in vars(KVConnectorFactory):
        delattr(KVConnectorFactory, _name)

trim(globals())
