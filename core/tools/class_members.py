"""Reads from sources which attributes a class has and which parameters its constructor and methods take."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_NO_PLAIN_METHOD = frozenset({"property", "cached_property", "setter", "classmethod", "staticmethod"})


@dataclass
class ReadClass:
    """A class as its source shows it."""

    name: str
    bases: set[str] = field(default_factory=set)
    """Last names of the bases, type parameters left out."""
    methods: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    """Class attributes, other methods, annotated fields and what a method assigns to `self` or `cls`."""
    parameters: dict[str, set[str]] = field(default_factory=dict)
    """Parameter names by method, `*` for any positional and `**` for any keyword one."""


def classes(source: str) -> Iterator[ReadClass]:
    """Yield the classes at the top level of a module, those below `if` and `try` included.

    The last has no name and holds the module's functions as its methods.
    """
    functions = ReadClass("")
    for node in _flat(ast.parse(source).body):
        if isinstance(node, ast.ClassDef):
            yield _read(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions.parameters.setdefault(node.name, set()).update(_parameters(node.args))
    yield functions


def _read(node: ast.ClassDef) -> ReadClass:
    read = ReadClass(node.name, {name for base in node.bases for name in _last_name(base)})
    for inner in _flat(node.body):
        match inner:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                decorators = {name for node in inner.decorator_list for name in _last_name(node)}
                own = read.members if decorators & _NO_PLAIN_METHOD else read.methods
                own.add(inner.name)
                read.members.update(_assigned(inner))
                if "overload" not in decorators:
                    read.parameters.setdefault(inner.name, set()).update(_parameters(inner.args))
            case ast.ClassDef():
                read.members.add(inner.name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                read.members.add(name)
            case ast.Assign():
                names = (node for target in inner.targets for node in ast.walk(target))
                read.members.update(node.id for node in names if isinstance(node, ast.Name))
            case _:
                pass
    return read


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        match node:
            case ast.If():
                yield from _flat(node.body)
                yield from _flat(node.orelse)
            case ast.Try():
                yield from _flat(node.body)
                for handler in node.handlers:
                    yield from _flat(handler.body)
                yield from _flat(node.orelse)
            case _:
                yield node


def _last_name(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Attribute(attr=name):
            yield name
        case ast.Subscript(value=value):
            yield from _last_name(value)
        case ast.Call(func=function):
            yield from _last_name(function)
        case _:
            yield "?"


def _assigned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("self", "cls")
        ):
            yield node.attr


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.arg
    if arguments.vararg:
        yield "*"
    if arguments.kwarg:
        yield "**"
