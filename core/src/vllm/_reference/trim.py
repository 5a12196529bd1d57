"""Removing from a module what the real one does not have at this release."""

from __future__ import annotations

from typing import Any

from vllm._reference.release import FACTS


def trim(module_globals: dict[str, Any]) -> None:
    """Remove names that other releases have in this module and this one has not.

    Call it last in a module. A name that no release ever had there stays: it is not part of the interface,
    and functions of the module may need it.
    """
    absent = FACTS["removed_names"].get(module_globals["__name__"], ())
    for name in absent:
        module_globals.pop(name, None)
    listed = module_globals.get("__all__")
    if listed is not None:
        module_globals["__all__"] = [name for name in listed if name not in absent]
