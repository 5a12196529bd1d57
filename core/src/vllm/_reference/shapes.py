"""Enumerations, named tuples and functions with the fields or the signature of this release."""

from __future__ import annotations
import __future__

import collections
import enum
import types
from typing import Any, Callable, Dict, List, Optional, Tuple

from vllm._reference.release import FACTS, RELEASE


def define_enum(name: str, module_globals: Dict[str, Any], *, base: Any = enum.Enum) -> Any:
    """Make the enumeration with this release's members, in this release's order; None where it has none."""
    fields: Optional[List[Tuple[str, str, str]]] = FACTS["shapes"].get(name)
    if fields is None:
        return None

    def fill(namespace: Any) -> None:
        namespace["__module__"] = module_globals["__name__"]
        for position, (member, _, value) in enumerate(fields, start=1):
            # The data is ours: a string, None or enum.auto().
            namespace[member] = position if value == "enum.auto()" else eval(value, {"enum": enum})  # noqa: S307

    return types.new_class(name, (base,), {}, fill)


def define_named_tuple(name: str, module_globals: Dict[str, Any]) -> Any:
    """Make the named tuple with this release's fields and defaults; None where it has none.

    Defaults are evaluated in `module_globals`.
    """
    fields = FACTS["shapes"].get(name)
    if fields is None:
        return None
    defaults = [eval(value, module_globals) for _, _, value in fields if value is not None]  # noqa: S307
    made = collections.namedtuple(  # type: ignore[misc]  # noqa: PYI024
        name, [field for field, _, _ in fields], defaults=defaults, module=module_globals["__name__"]
    )
    made.__annotations__ = {field: annotation for field, annotation, _ in fields}
    return made


def define_function(name: str, module_globals: Dict[str, Any], body: Callable[[Dict[str, Any]], Any]) -> Any:
    """Make the function with this release's signature; `body` gets the arguments by name. None if absent."""
    signature = FACTS["shapes"].get(name)
    if signature is None:
        return None
    source = (
        "def __make__(__body__):\n"
        f"    def {name}{signature}:\n"
        "        return __body__(dict(locals()))\n"
        f"    return {name}\n"
    )
    code = compile(
        source, f"<{name} {RELEASE}>", "exec", __future__.annotations.compiler_flag, dont_inherit=True
    )
    made: Dict[str, Any] = {}
    exec(code, module_globals, made)  # noqa: S102 (our data)

    def call(arguments: Dict[str, Any]) -> Any:
        arguments.pop("__body__", None)
        return body(arguments)

    function = made["__make__"](call)
    function.__qualname__ = name
    return function
