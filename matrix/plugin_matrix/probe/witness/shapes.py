"""Signatures and shapes of calls as the harness writes them, and what Python says of the two."""

from __future__ import annotations

import ast
import inspect
from importlib.util import find_spec
from typing import Any, NamedTuple


class Shape(NamedTuple):
    """The arguments of a call without their values; `plugin_matrix.model.signature.Shape`."""

    positional: int = 0
    keywords: tuple[str, ...] = ()
    star: bool = False
    double_star: bool = False

    @classmethod
    def of(cls, told: list[Any]) -> Shape:
        """Read what the harness wrote; what is left out at the end has its default."""
        whole: list[Any] = [*told, *[0, (), False, False][len(told) :]]
        return cls(whole[0], tuple(whole[1]), whole[2], whole[3])


def signature_of(told: list[Any]) -> inspect.Signature:
    """Read a signature: a list of name, kind and whether there is a default."""
    parameters = []
    for one in told[0]:
        name, kind, has_default = [*one, *["", 1, False][len(one) :]][:3]
        default = None if has_default else inspect.Parameter.empty
        parameters.append(inspect.Parameter(name, inspect._ParameterKind(kind), default=default))
    return inspect.Signature(parameters)


def bind(signature: inspect.Signature, shape: Shape) -> None:
    """Bind; raises `TypeError` where that fails whatever `*` and `**` hold."""
    binding = signature.bind_partial if shape.star or shape.double_star else signature.bind
    binding(*[None] * shape.positional, **dict.fromkeys(shape.keywords))


def demanded(signature: inspect.Signature) -> Shape:
    """Return what every caller has to pass at least."""
    needed = [p for p in signature.parameters.values() if p.default is p.empty]
    positional = sum(p.kind <= p.POSITIONAL_OR_KEYWORD for p in needed)
    return Shape(positional, tuple(p.name for p in needed if p.kind is p.KEYWORD_ONLY))


def calls_in(module: str, name: str) -> set[Shape]:
    """Return the shapes in which the source of a module calls a method `name`; it is not imported."""
    try:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            return set()
        with open(spec.origin, "rb") as source:
            tree = ast.parse(source.read())
    except (ImportError, OSError, SyntaxError, ValueError):
        return set()
    return {
        _shape(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    }


def _shape(call: ast.Call) -> Shape:
    starred = [one for one in call.args if isinstance(one, ast.Starred)]
    return Shape(
        len(call.args) - len(starred),
        tuple(one.arg for one in call.keywords if one.arg is not None),
        bool(starred),
        any(one.arg is None for one in call.keywords),
    )
