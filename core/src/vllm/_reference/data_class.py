"""Data classes with the fields of this release."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Mapping, Optional

from vllm._reference.base_class import define_class, has_class


def define_data_class(
    name: str, module_globals: Dict[str, Any], overrides: Optional[Mapping[str, Any]] = None
) -> Any:
    """Make the data class with this release's fields, in its order; None where the release has none.

    A default that the data does not tell (a factory) is None.
    """
    if not has_class(name):
        return None
    made = define_class(name, module_globals, overrides)
    defaulted = False
    for field in made.__annotations__:
        defaulted = defaulted or field in vars(made)
        if defaulted and field not in vars(made):
            setattr(made, field, None)
    return dataclasses.dataclass(made)
