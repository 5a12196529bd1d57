"""Registry of KV connectors (`vllm/distributed/kv_transfer/kv_connector/factory.py`)."""

from __future__ import annotations

import importlib
from typing import Any, Callable, ClassVar, Dict

from vllm._reference import trim


class KVConnectorFactory:
    """Connectors by name, imported when they are made."""

    _registry: ClassVar[Dict[str, Callable[[], Any]]] = {}

    @classmethod
    def register_connector(cls, name: str, module_path: str, class_name: str) -> None:
        """Register a connector; ValueError for a name that is taken."""
        if name in cls._registry:
            raise ValueError(f"Connector '{name}' is already registered.")
        cls._registry[name] = lambda: getattr(importlib.import_module(module_path), class_name)

    @classmethod
    def get_connector_class_by_name(cls, connector_name: str) -> Any:
        """Return the class; ValueError for an unknown name."""
        if connector_name not in cls._registry:
            raise ValueError(f"Connector '{connector_name}' is not registered.")
        return cls._registry[connector_name]()


trim(globals())
