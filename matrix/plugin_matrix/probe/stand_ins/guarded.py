"""Whether the source around an import copes with the module's absence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

_CATCHING = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))


def copes(file: str, line: int) -> bool:
    """Tell whether what `file` has in `line` stands where an ImportError is caught and not raised again."""
    return any(first <= line <= last for first, last in _guarded(file))


@cache
def _guarded(file: str) -> tuple[tuple[int, int], ...]:
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(_spans(tree))


def _spans(tree: ast.AST) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        copes_here = False
        if isinstance(node, ast.Try):
            copes_here = any(map(_handles, node.handlers))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            copes_here = any(_suppresses(item.context_expr) for item in node.items)
        if copes_here:
            body: list[ast.stmt] = node.body  # type: ignore[attr-defined] # one of the two
            yield body[0].lineno, body[-1].end_lineno or body[-1].lineno


def _handles(handler: ast.ExceptHandler) -> bool:
    named = handler.type
    kinds = named.elts if isinstance(named, ast.Tuple) else [named]
    if not any(kind is None or _last(kind) in _CATCHING for kind in kinds):
        return False
    # One that raises under a condition copes where that does not hold.
    return not any(isinstance(statement, ast.Raise) for statement in handler.body)


def _suppresses(expression: ast.expr) -> bool:
    return (
        isinstance(expression, ast.Call)
        and _last(expression.func) == "suppress"
        and any(_last(argument) in _CATCHING for argument in expression.args)
    )


def _last(expression: ast.AST) -> str:
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""
