"""Names and what they are bound to while a file is walked: frames, branches and where they meet again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses.expressions import (
    OPAQUE,
    Argument,
    Either,
    Expression,
    Literal,
    Opaque,
    Ref,
    leaf_count,
)

Value = Expression | str | None
"""A symbolic value; a `str` is the dotted name of something in a package that does not matter here (its
attributes are not followed), None is unknown."""

MAX_ALTERNATIVES = 4


class ClassDraft:
    """A class statement while its file is walked."""

    def __init__(self, path: str, identifier: str) -> None:
        self.path = path
        self.id = identifier
        self.instance = Ref(AccessPath(path, ("@",)))
        self.itself = Ref(AccessPath(path))
        self.attributes: dict[str, Expression] = {}
        """Names bound in the body or on `self`, `OPAQUE` where it is not known to what."""
        self.typed: set[str] = set()
        self.methods: set[str] = set()
        self.dynamic = False

    def bind(self, name: str, value: Value, *, annotated: bool = False) -> None:
        """Note that an attribute is bound to `value`; what an annotation says counts more than a value."""
        if annotated:
            self.attributes[name] = _kept(value)
            if value is not None:
                self.typed.add(name)
            return
        if name in self.typed:
            return
        if type(value) is Literal and value.value is None:
            self.attributes.setdefault(name, value)
            return
        known = self.attributes.get(name)
        fresh = known is None or (type(known) is Literal and known.value is None)
        self.attributes[name] = _kept(value) if fresh or known == value else OPAQUE


def _kept(value: Value) -> Expression:
    return OPAQUE if value is None or isinstance(value, str) or type(value) is Argument else value


class Frame:
    """The names of one body of statements that is being walked."""

    __slots__ = (
        "body",
        "draft",
        "env",
        "generator",
        "kind",
        "narrowed",
        "parent",
        "purpose",
        "qualname",
        "returns",
        "unit",
        "unstable",
    )

    def __init__(self, kind: str, unit: str, qualname: str, parent: Frame | None) -> None:
        self.kind = kind
        """`module`, `class` or `function`."""
        self.unit = unit
        self.qualname = qualname
        """What the names of definitions inside begin with: empty, `Class.`, `function.<locals>.`."""
        self.parent = parent
        """The next frame in which a name is looked up (never a class, as Python has it)."""
        self.env: dict[str, Value] = {}
        self.unstable: set[str] = set()
        """Names bound more than once: a closure may see any of their values."""
        self.narrowed: dict[AccessPath, Value] = {}
        """What paths are known to lead to here, by `isinstance`."""
        self.draft: ClassDraft | None = None
        """The class whose body or method this is."""
        self.purpose = ""
        """What strings that read as dotted paths are for in this function, empty for nothing."""
        self.returns: list[tuple[int, Expression]] = []
        self.generator = False

    def bind(self, name: str, value: Value) -> None:
        """Bind `name` in this frame."""
        if name in self.env and self.env[name] is not value:
            self.unstable.add(name)
        self.env[name] = value

    def lookup(self, name: str) -> tuple[Value, bool]:
        """Return what `name` is bound to and whether it is bound at all."""
        if name in self.env:
            return self.env[name], True
        frame = self.parent
        while frame is not None:
            if name in frame.env:
                value = frame.env[name]
                hidden = type(value) is Argument or (frame.kind == "function" and name in frame.unstable)
                return (None if hidden else value), True
            frame = frame.parent
        return None, False


def choice(test: Expression, then: Value, other: Value) -> Value:
    """Return `then` where `test` holds, else `other`; None when too little is known of both."""
    if then is other or then == other:
        return then
    telling = type(test) is not Opaque
    if not (_tells(then, telling=telling) or _tells(other, telling=telling)):
        return None
    result = Either(test, _kept_argument(then), _kept_argument(other))
    return result if leaf_count(result) <= MAX_ALTERNATIVES else None


def merge(test: Expression, then: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
    """Return the names after two branches that met again; `test` led into the first."""
    merged = dict(then)
    for name, value in then.items():
        if name in other:
            if other[name] is not value:
                merged[name] = choice(test, value, other[name])
        else:
            merged[name] = choice(test, value, None)
    for name, value in other.items():
        if name not in then:
            merged[name] = choice(test, None, value)
    return merged


def _tells(value: Value, *, telling: bool) -> bool:
    """Whether an alternative is worth keeping: under a condition that tells nothing only paths are."""
    if value is None or isinstance(value, str) or type(value) is Opaque:
        return False
    return telling or type(value) not in {Literal, Argument}


def _kept_argument(value: Value) -> Expression:
    return OPAQUE if value is None or isinstance(value, str) else value


def forget_arguments(env: dict[str, Value], body: list[ast.stmt]) -> None:
    """Forget the parameters that statements may bind again: what they hold is not known there."""
    arguments = {name for name, value in env.items() if type(value) is Argument}
    if arguments:
        env.update(dict.fromkeys(arguments.intersection(chain.from_iterable(map(stored_names, body)))))


def stored_names(statement: ast.stmt) -> Iterator[str]:  # noqa: C901, PLR0912 - one branch per kind
    """Yield the names that a statement, or one inside it, may bind in the same scope."""
    targets: list[ast.expr | None] = []
    match statement:
        case ast.Assign(targets=several):
            targets += several
        case ast.AugAssign() | ast.AnnAssign() | ast.For() | ast.AsyncFor():
            targets.append(statement.target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            targets += [item.optional_vars for item in items]
        case ast.While(test=test) | ast.If(test=test):
            targets += [node.target for node in (test, *_operands(test)) if isinstance(node, ast.NamedExpr)]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case _:
            pass
    for target in targets:
        if target is not None:
            yield from _target_names(target)
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(statement, field, ()):
            if isinstance(inner, ast.stmt):
                yield from stored_names(inner)
            elif isinstance(inner, ast.ExceptHandler | ast.match_case):
                for nested in inner.body:
                    yield from stored_names(nested)


def _operands(test: ast.expr) -> list[ast.expr]:
    match test:
        case ast.Compare(left=left):
            return [left]
        case ast.BoolOp(values=values):
            return values
        case _:
            return []


def _target_names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _target_names(element)
        case ast.Starred(value=value):
            yield from _target_names(value)
        case _:
            pass
