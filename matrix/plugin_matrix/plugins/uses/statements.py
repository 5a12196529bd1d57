"""Statements: what each does to the names, the guard and the rest of its block.

A handler returns the conditions under which the statement after it is reached: none where that is always
so, `None` where it never is.
"""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses.branches import run_if, run_match, run_try, run_with
from plugin_matrix.plugins.uses.definitions import define_class, define_function, visit_annotation
from plugin_matrix.plugins.uses.expressions import (
    OPAQUE,
    Elements,
    Expression,
    Invoke,
    Items,
    Member,
    Opaque,
    Ref,
    Told,
)
from plugin_matrix.plugins.uses.narrowing import narrow, narrowings
from plugin_matrix.plugins.uses.patches import attribute_patch, patch
from plugin_matrix.plugins.uses.scopes import Value, choice
from plugin_matrix.plugins.uses.texts import dotted_path, purpose_of_assigned
from plugin_matrix.plugins.uses.values import as_test, chain, element

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

Reached = tuple[Expression, ...] | None

_ENDINGS = frozenset({"sys.exit", "os._exit", "os.abort"})


def _import(walker: "FileWalker", node: ast.Import) -> Reached:
    for alias in node.names:
        bound = alias.name if alias.asname else alias.name.partition(".")[0]
        walker.bind(alias.asname or bound, walker.imported(bound))
        if walker.followed(alias.name):
            walker.import_use(alias.name, None, node.lineno)
    return ()


def _import_from(walker: "FileWalker", node: ast.ImportFrom) -> Reached:
    module = walker.absolute(node.level, node.module or "")
    for alias in node.names:
        if module == "__future__":
            walker.future_annotations |= alias.name == "annotations"
        elif alias.name == "*":
            if module is not None and walker.followed(module):
                walker.stars.append(module)
                walker.import_use(module, "*", node.lineno)
            else:
                walker.binds_any = True
        else:
            name = alias.asname or alias.name
            walker.bind(name, None if module is None else walker.imported(f"{module}.{alias.name}"))
            if module is not None and walker.followed(module):
                walker.import_use(module, alias.name, alias.lineno)
    return ()


def bind_imports(walker: "FileWalker", statements: list[ast.stmt]) -> None:
    """Bind what `if TYPE_CHECKING:` imports, which annotations speak of and run time does not have."""
    for statement in statements:
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    bound = alias.name if alias.asname else alias.name.partition(".")[0]
                    walker.bind(alias.asname or bound, walker.imported(bound))
            case ast.ImportFrom(names=names, level=level, module=name):
                module = walker.absolute(level, name or "")
                for alias in names:
                    walker.bind(
                        alias.asname or alias.name,
                        None if module is None else walker.imported(f"{module}.{alias.name}"),
                    )
            case ast.If(body=body, orelse=orelse):
                bind_imports(walker, [*body, *orelse])
            case ast.Try(body=body):
                bind_imports(walker, body)
            case _:
                pass


def _expression(walker: "FileWalker", node: ast.Expr) -> Reached:
    value = node.value
    if isinstance(value, ast.Constant):
        return ()
    walker.visit(value)
    match value:
        case ast.Call(func=ast.Name(id="exit" | "quit")):
            walker.ended_by_raise = True
            return None
        case ast.Call(func=ast.Attribute() as function):
            target = walker.peek(function)
            if isinstance(target, Ref) and target.path.text() in _ENDINGS:
                walker.ended_by_raise = True
                return None
        case _:
            pass
    return ()


def _assign(walker: "FileWalker", node: ast.Assign) -> Reached:
    value = walker.visit(node.value)
    for target in node.targets:
        assign(walker, target, value)
        _assigned_texts(walker, target, node.value)
    return ()


def _annotated(walker: "FileWalker", node: ast.AnnAssign) -> Reached:
    frame = walker.frame
    if frame.kind != "function" and not walker.future_annotations:
        visit_annotation(walker, node.annotation)
    value = walker.visit(node.value) if node.value is not None else None
    known = walker.typed(node.annotation)
    target = node.target
    if isinstance(target, ast.Name):
        if node.value is not None or frame.kind == "class" or known is not None:
            walker.bind(target.id, known if known is not None else value, store=False)
        if frame.kind == "class" and frame.draft is not None:
            frame.draft.bind(target.id, known if known is not None else value, annotated=True)
    elif isinstance(target, ast.Attribute):
        base = chain(walker, target.value)
        if frame.draft is not None and base in {frame.draft.instance, frame.draft.itself}:
            frame.draft.bind(target.attr, known if known is not None else value, annotated=True)
        elif node.value is not None:
            assign(walker, target, known if known is not None else value)
    if node.value is not None:
        _assigned_texts(walker, target, node.value)
    return ()


def assign(walker: "FileWalker", target: ast.expr, value: Value) -> None:  # noqa: C901 - one branch per kind
    """Bind an assignment's target."""
    match target:
        case ast.Name(id=name):
            walker.bind(name, value)
        case ast.Attribute(value=base_node, attr=name):
            base = chain(walker, base_node)
            if isinstance(base_node, ast.Attribute) and isinstance(base, Ref) and base.path.steps:
                walker.read(base, base_node.end_lineno or base_node.lineno)
            _forget(walker, base, name)
            attribute_patch(walker, base, name, value, target.lineno)
        case ast.Subscript(value=base_node, slice=index):
            base = walker.visit(base_node)
            walker.visit(index)
            match base, index:
                case Ref(AccessPath("sys.modules")), ast.Constant(value=str() as text):
                    path = dotted_path(text)
                    if path is not None and walker.followed(path.root):
                        patch(walker, path, value, target.lineno, optional=True)
                case _:
                    pass
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values: list[Value] = [None] * len(elements)
            if isinstance(value, Items) and len(value.items) == len(elements):
                values = [item if item != OPAQUE else None for item in value.items]
            for item_target, item in zip(elements, values, strict=True):
                assign(walker, item_target, item)
        case ast.Starred(value=inner):
            assign(walker, inner, None)
        case _:
            pass


def _forget(walker: "FileWalker", base: Value, name: str) -> None:
    """Forget what `isinstance` told of an attribute that is bound again."""
    if walker.frame.narrowed and isinstance(base, Ref):
        walker.frame.narrowed.pop(base.path.attribute(name), None)


def _assigned_texts(walker: "FileWalker", target: ast.expr, value: ast.expr) -> None:
    match target:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            purpose = purpose_of_assigned(name)
        case _:
            return
    if purpose:
        for node in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                walker.text_use(node.value, purpose, node.lineno)


def _augmented(walker: "FileWalker", node: ast.AugAssign) -> Reached:
    walker.visit(node.value)
    match node.target:
        case ast.Name(id=name):
            walker.bind(name, None)
        case ast.Attribute(value=base_node, attr=name) as target:
            read = chain(walker, target)
            if read is not None:
                walker.read(read, target.lineno)
            attribute_patch(walker, chain(walker, base_node), name, None, target.lineno)
        case target:
            walker.visit(target)
    return ()


def _delete(walker: "FileWalker", node: ast.Delete) -> Reached:
    for target in node.targets:
        if isinstance(target, ast.Name):
            walker.frame.env.pop(target.id, None)
        else:
            walker.visit(target)
    return ()


def _return(walker: "FileWalker", node: ast.Return) -> Reached:
    value = walker.visit(node.value) if node.value is not None else None
    if walker.frame.kind == "function":
        walker.frame.returns.append(
            (walker.guard, OPAQUE if value is None or isinstance(value, str) else value)
        )
    walker.ended_by_raise = False
    return None


def _raise(walker: "FileWalker", node: ast.Raise) -> Reached:
    for part in (node.exc, node.cause):
        if part is not None:
            walker.visit(part)
    walker.ended_by_raise = True
    return None


def _leave(walker: "FileWalker", _node: ast.stmt) -> Reached:
    walker.ended_by_raise = False
    return None


def _assert(walker: "FileWalker", node: ast.Assert) -> Reached:
    value = walker.visit(node.test)
    if node.msg is not None:
        walker.visit(node.msg)
    narrow(walker, narrowings(walker, node.test)[0])
    return () if value is None or isinstance(value, str | Opaque) else (Told(value),)


def _for(walker: "FileWalker", node: ast.For | ast.AsyncFor) -> Reached:
    source = walker.visit(node.iter)
    before = dict(walker.frame.env)
    walker.unbind_stored(node)
    bind_loop_target(walker, node.target, node.iter, source)
    certain = isinstance(node.iter, ast.Tuple | ast.List) and bool(node.iter.elts)
    _loop_body(walker, node.body, () if certain else (Opaque(f"for {walker.text(node.target)}"),), before)
    walker.block(node.orelse)
    return ()


def _while(walker: "FileWalker", node: ast.While) -> Reached:
    before = dict(walker.frame.env)
    walker.unbind_stored(node)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
    test = as_test(walker, walker.visit(node.test), node.test)
    _loop_body(walker, node.body, () if endless else (test,), before)
    walker.block(node.orelse)
    return ()


def _loop_body(
    walker: "FileWalker", body: list[ast.stmt], tests: tuple[Expression, ...], before: dict[str, Value]
) -> None:
    guard = walker.guard
    for test in tests:
        walker.push(test)
    walker.block(body)
    walker.guard = guard
    env = walker.frame.env
    for name, value in before.items():
        if env.get(name) is not value:
            env[name] = choice(OPAQUE, env.get(name), value)


def bind_loop_target(walker: "FileWalker", target: ast.expr, iterable: ast.expr, source: Value) -> None:
    """Bind the target of a loop over `source`."""
    match target, iterable, source:
        case ast.Tuple(elts=[first, second]), _, Invoke(Member(Elements(inner), "items")):
            assign(walker, first, None)
            assign(walker, second, inner)
        case ast.Tuple(elts=[first, second]), ast.Call(
            func=ast.Name(id="enumerate"), args=[inner_node, *_]
        ), _:
            assign(walker, first, None)
            bind_loop_target(walker, second, inner_node, walker.peek(inner_node))
        case ast.Tuple(elts=targets), ast.Call(func=ast.Name(id="zip"), args=sources), _ if len(
            targets
        ) == len(sources):
            for one, source_node in zip(targets, sources, strict=True):
                bind_loop_target(walker, one, source_node, walker.peek(source_node))
        case ((ast.Tuple() | ast.List()), _, _):
            assign(walker, target, None)
        case _:
            assign(walker, target, element(source))


def _global(_walker: "FileWalker", _node: ast.stmt) -> Reached:
    return ()


RUN: dict[type, Callable[..., Reached]] = {
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.Assert: _assert,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.If: run_if,
    ast.Try: run_try,
    ast.TryStar: run_try,
    ast.With: run_with,
    ast.AsyncWith: run_with,
    ast.Match: run_match,
    ast.FunctionDef: define_function,
    ast.AsyncFunctionDef: define_function,
    ast.ClassDef: define_class,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.Pass: _global,
}
"""What runs each kind of statement."""
