"""Expressions: the symbolic value of each, and on the way the uses that evaluating it makes."""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import CALL, ELEMENT
from plugin_matrix.plugins.uses.calls import ELEMENT_METHODS, visit_call
from plugin_matrix.plugins.uses.definitions import visit_lambda
from plugin_matrix.plugins.uses.expressions import (
    OPAQUE,
    TEXT_METHODS,
    Argument,
    Comparison,
    Connective,
    Either,
    Elements,
    Expression,
    Invoke,
    Item,
    Items,
    Literal,
    Member,
    Opaque,
    Ref,
    every,
    negated,
)
from plugin_matrix.plugins.uses.narrowing import narrow, narrowings, widen
from plugin_matrix.plugins.uses.releases import RELEASE_NAMES
from plugin_matrix.plugins.uses.scopes import Value, choice

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

SCALAR_METHODS = frozenset(dir(str)) | frozenset(dir(int)) | frozenset(dir(tuple))
"""What an element of a container may have though the values of the mapping do not: keys are iterated too."""
MAX_ITEMS = 16

_OPERATORS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


def extend(walker: "FileWalker", value: Value, name: str) -> Value:  # noqa: PLR0911 - one return per kind
    """Return the attribute `name` of `value`."""
    match value:
        case Ref(path):
            if path.root in RELEASE_NAMES and not path.steps:
                return Member(value, name)
            if path.steps and path.steps[-1] == ELEMENT and name in SCALAR_METHODS:
                return None
            longer = path.attribute(name)
            if walker.frame.narrowed and longer in walker.frame.narrowed:
                return walker.frame.narrowed[longer]
            return Ref(longer)
        case Either(test, then, other):
            return choice(test, extend(walker, then, name), extend(walker, other, name))
        case Invoke(Ref(path)) if walker.own(path.root):
            return Ref(path.step(CALL).attribute(name))
        case Invoke() | Member() | Item():
            return Member(value, name)
        case Literal(str()) if name in TEXT_METHODS:
            return Member(value, name)
        case Elements() if name in ELEMENT_METHODS or name in {"values", "items", "copy"}:
            return Member(value, name)
        case _:
            return None


def element(value: Value, *, iterated: bool = True) -> Value:
    """Return what iterating over (or subscripting) `value` gives."""
    match value:
        case Elements(inner, keyed):
            return None if keyed and iterated else inner
        case Ref(path):
            return Ref(path.step(ELEMENT))
        case Either(test, then, other):
            return choice(test, element(then, iterated=iterated), element(other, iterated=iterated))
        case Items(items) if items and all(item == items[0] for item in items):
            return items[0]
        case Invoke(Member(Elements(inner), "values")):
            return inner
        case _:
            return None


def chain(walker: "FileWalker", node: ast.expr) -> Value:
    """Return the value of `node` without noting the attribute at its end as a use."""
    kind = type(node)
    if kind is ast.Attribute:
        base = chain(walker, node.value)  # type: ignore[attr-defined]
        if base is None or isinstance(base, str):
            return None
        return extend(walker, base, node.attr)  # type: ignore[attr-defined]
    if kind is ast.Subscript:
        return _subscript(walker, node, chain(walker, node.value))  # type: ignore[attr-defined, arg-type]
    return walker.visit(node)


def _attribute(walker: "FileWalker", node: ast.Attribute) -> Value:
    if isinstance(node.value, ast.Call) and walker.is_super(node.value):
        walker.super_use(node, None)
        return None
    value = chain(walker, node)
    if value is not None:
        walker.read(value, node.end_lineno or node.lineno)
    return value


def _subscript(walker: "FileWalker", node: ast.Subscript, base: Value) -> Value:  # noqa: PLR0911 - one return per kind
    index = walker.visit(node.slice)
    match base:
        case None | str():
            return None
        case Ref(path) if path.root == "sys.modules":
            return None
        case Ref(path) if path.root not in RELEASE_NAMES:
            return element(base, iterated=False)
        case Elements() | Either() | Items():
            if isinstance(base, Items) and type(index) is Literal and isinstance(index.value, int):
                return base.items[index.value] if -len(base.items) <= index.value < len(base.items) else None
            return element(base, iterated=False)
        case Invoke(Ref(path)) if walker.own(path.root):
            return Ref(path.step(CALL).step(ELEMENT))
        case Ref() | Invoke() | Member() | Item():
            return _item(base, node.slice, index)
        case _:
            return None


def _item(base: Expression, node: ast.expr, index: Value) -> Value:
    if type(index) is Literal and isinstance(index.value, int):
        return Item(base, index.value)
    match node:
        case ast.Slice(
            lower=None | ast.Constant(value=0), upper=ast.Constant(value=int() as stop), step=None
        ):
            return Item(base, None, stop)
        case _:
            return None


def _visit_subscript(walker: "FileWalker", node: ast.Subscript) -> Value:
    base = chain(walker, node.value)
    if base is not None and type(node.value) is ast.Attribute:
        walker.read(base, node.value.end_lineno or node.lineno)
    return _subscript(walker, node, base)


def _name(walker: "FileWalker", node: ast.Name) -> Value:
    return Literal(walker.module) if node.id == "__name__" else walker.lookup(node.id)


def _constant(walker: "FileWalker", node: ast.Constant) -> Value:
    value = node.value
    if value is None or isinstance(value, bool | int | float):
        return Literal(value) if not isinstance(value, int) or abs(value) < 2**53 else OPAQUE
    if isinstance(value, str):
        if walker.frame.purpose:
            walker.text_use(value, walker.frame.purpose, node.lineno, capital=True)
        return Literal(value) if len(value) < 200 and value.isprintable() else OPAQUE  # noqa: PLR2004
    return None


def _joined(walker: "FileWalker", node: ast.JoinedStr) -> Value:
    texts: list[str] = []
    for part in node.values:
        match part:
            case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                value = walker.visit(inner)
            case ast.Constant(value=str() as text):
                value = Literal(text)
            case _:
                value = visit_children(walker, part)
        if isinstance(value, Literal) and isinstance(value.value, str):
            texts.append(value.value)
    if len(texts) < len(node.values):
        return None
    whole = "".join(texts)
    if walker.frame.purpose:
        walker.text_use(whole, walker.frame.purpose, node.lineno, capital=True)
    return Literal(whole)


def _compare(walker: "FileWalker", node: ast.Compare) -> Value:
    left = walker.visit(node.left)
    parts: list[Expression] = []
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = walker.visit(right_node)
        if left is None or right is None or isinstance(left, str) or isinstance(right, str):
            parts.append(Opaque(walker.text(node)))
        else:
            parts.append(Comparison(_OPERATORS[type(operator)], left, right))
        left = right
    return None if all(type(part) is Opaque for part in parts) else every(tuple(parts))


def _connective(walker: "FileWalker", node: ast.BoolOp) -> Value:
    conjunction = isinstance(node.op, ast.And)
    parts: list[Expression] = []
    guard = walker.guard
    narrowed = []
    for operand in node.values:
        value = walker.visit(operand)
        test = as_test(walker, value, operand)
        parts.append(test if value is None or isinstance(value, str) else value)
        walker.push(test if conjunction else negated(test))
        narrowed.append(narrow(walker, narrowings(walker, operand)[0 if conjunction else 1]))
    for saved in reversed(narrowed):
        widen(walker, saved)
    walker.guard = guard
    return None if all(type(part) is Opaque for part in parts) else Connective(conjunction, tuple(parts))


def as_test(walker: "FileWalker", value: Value, node: ast.expr) -> Expression:
    """Return the condition that `value` is true."""
    return Opaque(walker.text(node)) if value is None or isinstance(value, str) else value


def _unary(walker: "FileWalker", node: ast.UnaryOp) -> Value:
    value = walker.visit(node.operand)
    if value is None or isinstance(value, str):
        return None
    if isinstance(node.op, ast.Not):
        return negated(value)
    if isinstance(node.op, ast.USub) and type(value) is Literal and isinstance(value.value, int | float):
        return Literal(-value.value)
    return None


def _ternary(walker: "FileWalker", node: ast.IfExp) -> Value:
    test = as_test(walker, walker.visit(node.test), node.test)
    positive, negative = narrowings(walker, node.test)
    guard = walker.guard
    walker.push(test)
    saved = narrow(walker, positive)
    then = walker.visit(node.body)
    widen(walker, saved)
    walker.guard = guard
    walker.push(negated(test))
    saved = narrow(walker, negative)
    other = walker.visit(node.orelse)
    widen(walker, saved)
    walker.guard = guard
    return choice(test, then, other)


def _display(walker: "FileWalker", node: ast.Tuple | ast.List | ast.Set) -> Value:
    values = [walker.visit(item) for item in node.elts]
    if len(values) > MAX_ITEMS or any(isinstance(item, ast.Starred) for item in node.elts):
        return None
    known = tuple(OPAQUE if value is None or isinstance(value, str) else value for value in values)
    return Items(known)


def _dict(walker: "FileWalker", node: ast.Dict) -> Value:
    for key in node.keys:
        if key is not None:
            walker.visit(key)
    for value in node.values:
        walker.visit(value)
    return None


def _walrus(walker: "FileWalker", node: ast.NamedExpr) -> Value:
    value = walker.visit(node.value)
    walker.bind(node.target.id, value)
    return value


def _passing(walker: "FileWalker", node: ast.Await) -> Value:
    return walker.visit(node.value)


def _starred(walker: "FileWalker", node: ast.Starred) -> Value:
    walker.visit(node.value)
    return None


def _yield(walker: "FileWalker", node: ast.Yield | ast.YieldFrom) -> Value:
    walker.frame.generator = True
    if node.value is not None:
        walker.visit(node.value)
    return None


def _comprehension(walker: "FileWalker", node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value:
    guard, saved = walker.guard, dict(walker.frame.env)
    source = _generators(walker, node.generators)
    result = walker.visit(node.elt)
    _leave(walker, saved)
    walker.guard = guard
    match node.elt, source:
        case ast.Call(func=ast.Name(id="int" | "str")) | ast.Name(), Member() | Item() | Invoke():
            return source  # `int(part) for part in version.split(".")`: still the version's parts
        case _, _:
            return Elements(result) if type(result) is Ref else None


def _dict_comprehension(walker: "FileWalker", node: ast.DictComp) -> Value:
    guard, saved = walker.guard, dict(walker.frame.env)
    _generators(walker, node.generators)
    walker.visit(node.key)
    result = walker.visit(node.value)
    _leave(walker, saved)
    walker.guard = guard
    return Elements(result, keyed=True) if type(result) is Ref else None


def _leave(walker: "FileWalker", before: dict[str, Value]) -> None:
    """Take up the names from before a comprehension; parameters that `:=` bound again are not known."""
    env = walker.frame.env
    for name, value in before.items():
        if type(value) is Argument and env.get(name) is not value:
            before[name] = None
    walker.frame.env = before


def _generators(walker: "FileWalker", generators: list[ast.comprehension]) -> Value:
    """Bind the targets of a comprehension; return what its first source is."""
    first: Value = None
    for position, generator in enumerate(generators):
        source = walker.visit(generator.iter)
        first = source if position == 0 else first
        walker.bind_loop_target(generator.target, generator.iter, source)
        walker.push(Opaque("a loop"))
        for condition in generator.ifs:
            walker.push(as_test(walker, walker.visit(condition), condition))
            narrow(walker, narrowings(walker, condition)[0])
    return first


def visit_children(walker: "FileWalker", node: ast.AST) -> Value:
    """Visit what an expression is made of, for those of no value of their own."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            walker.visit(child)
    return None


VISIT: dict[type, Callable[..., Value]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _visit_subscript,
    ast.Call: visit_call,
    ast.Constant: _constant,
    ast.Compare: _compare,
    ast.BoolOp: _connective,
    ast.UnaryOp: _unary,
    ast.IfExp: _ternary,
    ast.Tuple: _display,
    ast.List: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.NamedExpr: _walrus,
    ast.Await: _passing,
    ast.Starred: _starred,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Lambda: visit_lambda,
    ast.JoinedStr: _joined,
    ast.FormattedValue: visit_children,
    ast.BinOp: visit_children,
    ast.Slice: visit_children,
}
"""What visits each kind of expression."""
