"""A registry of parsers by name, as the tool and reasoning parsers have it."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional


class ParserRegistry:
    """Parsers by name; a second one under a name replaces the first unless `force` is false (KeyError)."""

    kind = "parser"
    parsers: Dict[str, Any]

    @classmethod
    def register_module(cls, name: Any = None, force: bool = True, module: Optional[Any] = None) -> Any:
        """Register a class under one name or several, also as a decorator."""
        if module is None:
            return cls._decorator(name, force=force)
        names = [name] if isinstance(name, str) else list(name or [module.__name__])
        for one in names:
            if not force and one in cls.parsers:
                raise KeyError(f"{one} is already registered at {cls.parsers[one].__module__}")
            cls.parsers[one] = module
        return module

    @classmethod
    def _decorator(cls, name: Any, *, force: bool) -> Callable[[Any], Any]:
        return lambda module: cls.register_module(name, force, module)

    @classmethod
    def get(cls, name: str) -> Any:
        """Return the class; KeyError for an unknown name."""
        if name not in cls.parsers:
            raise KeyError(f"{cls.kind} '{name}' not found.")
        return cls.parsers[name]
