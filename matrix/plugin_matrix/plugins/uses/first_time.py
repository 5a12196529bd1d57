"""Flags that say whether something was done before: what a test of them is the first time round."""

import ast
import re
from typing import TYPE_CHECKING

from plugin_matrix.plugins.uses.expressions import Literal

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker


def first_time(walker: "FileWalker", test: ast.expr) -> bool | None:
    """Return what a test is the first time it is reached; None where it is no test of such a flag.

    A plugin's function that was run before does nothing: `if _registered: return`. What stands after it
    is run all the same, once.
    """
    match test:
        case ast.Name(id=name):
            value = _initially(walker, name)
            return None if value is None else bool(value.value)
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot() as operator], comparators=[ast.Constant(None)]
        ):
            value = _initially(walker, name)
            return None if value is None else (value.value is None) is isinstance(operator, ast.Is)
        case (
            ast.Call(
                func=ast.Name(id="getattr"), args=[_, ast.Constant(str() as name), ast.Constant(False | None)]
            )
            | ast.Call(func=ast.Name(id="hasattr"), args=[_, ast.Constant(str() as name)])
        ):
            return False if _marks(walker, name) else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = first_time(walker, operand)
            return None if inner is None else not inner
        case ast.BoolOp(op=operator, values=values):
            parts = {first_time(walker, value) for value in values}
            decisive = isinstance(operator, ast.Or)
            return decisive if decisive in parts else None if None in parts else not decisive
        case _:
            return None


def _initially(walker: "FileWalker", name: str) -> Literal | None:
    """Return what a name of the module begins with that a function binds again, where it is told at once."""
    value = walker.initial.get(name) if walker.frame.kind == "function" else None
    return value if isinstance(value, Literal) and not value.value else None


def _marks(walker: "FileWalker", name: str) -> bool:
    """Tell whether an attribute is a mark of the plugin's own: private, and set in the same file."""
    if not name.startswith("_") or name.startswith("__"):
        return False
    text = re.escape(name.encode())
    sets = rb"\." + text + rb"\s*=[^=]|setattr\([^()]*['\"]" + text + rb"['\"]"
    return re.search(sets, walker.source) is not None
