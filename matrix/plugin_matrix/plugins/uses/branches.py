"""Branches: `if`, `try`, `with` and `match`, what guards each and what holds where they meet again."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from plugin_matrix.model.access_path import INSTANCE, AccessPath
from plugin_matrix.plugins.uses.expressions import (
    OPAQUE,
    Expression,
    Opaque,
    Ref,
    Runs,
    Told,
    either,
    every,
    negated,
)
from plugin_matrix.plugins.uses.first_time import first_time
from plugin_matrix.plugins.uses.narrowing import narrow, narrowings, widen
from plugin_matrix.plugins.uses.scopes import Value, forget_arguments, merge

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

Reached = tuple[Expression, ...] | None

IMPORT_CATCHERS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
ATTRIBUTE_CATCHERS = frozenset({"AttributeError", "Exception", "BaseException"})
_LOGGING = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"}
) | {
    "warning_once",
    "info_once",
    "print_exc",
}


def static_test(node: ast.expr) -> bool | None:
    """Return what a condition is at run time wherever that is plain: `TYPE_CHECKING`, `__name__ == ...`."""
    match node:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = static_test(operand)
            return None if inner is None else not inner
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
        ):
            return False
        case ast.Constant(value=value) if isinstance(value, bool | int):
            return bool(value)
        case ast.BoolOp(op=ast.And(), values=values) if any(static_test(value) is False for value in values):
            return False
        case _:
            return None


def run_if(walker: "FileWalker", node: ast.If) -> Reached:
    """Run both branches, each under its condition."""
    known = static_test(node.test)
    if known is not None:
        if not known:
            walker.bind_imports(node.body)
        return _straight(walker, node.body if known else node.orelse)
    value = walker.visit(node.test)
    test: Expression = Opaque(walker.text(node.test)) if value is None or isinstance(value, str) else value
    first = first_time(walker, node.test)
    if first is not None:
        test = Opaque(walker.text(node.test))
    met = Told(test) if first is True else test
    unmet = Told(negated(test)) if first is False else negated(test)
    positive, negative = narrowings(walker, node.test)
    before = walker.frame.env
    walker.frame.env = dict(before)
    saved = narrow(walker, positive)
    then = _under(walker, met, node.body)
    widen(walker, saved)
    then_raised = walker.ended_by_raise
    then_env, walker.frame.env = walker.frame.env, before
    saved = narrow(walker, negative)
    other = _under(walker, unmet, node.orelse)
    if then is not None or not saved:
        widen(walker, saved)
    raised = walker.ended_by_raise
    if then is None and other is None:
        return None
    if then is None:
        return _rest(unmet, other or (), raised=then_raised)
    if other is None:
        walker.frame.env = then_env
        narrow(walker, positive)
        return _rest(met, then, raised=raised)
    walker.frame.env = merge(test, then_env, walker.frame.env)
    if not then and not other:
        return ()
    return (either((every((test, *then)), every((negated(test), *other)))),)


def _straight(walker: "FileWalker", body: list[ast.stmt]) -> Reached:
    return walker.block(body)


def _rest(test: Expression, reached: tuple[Expression, ...], *, raised: bool) -> tuple[Expression, ...]:
    """Return when the rest is reached after a branch that ended; that it may raise makes nothing doubtful."""
    return (Told(test) if raised else test, *reached)


def _under(walker: "FileWalker", test: Expression, body: list[ast.stmt]) -> Reached:
    guard = walker.guard
    walker.push(test)
    reached = walker.block(body)
    walker.guard = guard
    return reached


# ---------------------------------------------------------------- try


class Catcher(msgspec.Struct, frozen=True):
    """What is run when one of `names` is raised."""

    names: frozenset[str]
    body: tuple[ast.stmt, ...] = ()
    binds: str | None = None

    @property
    def raises_again(self) -> bool:
        """It ends in a `raise` whatever happens."""
        return bool(self.body) and isinstance(self.body[-1], ast.Raise)

    @property
    def provides(self) -> bool:
        """It does more about it than to say so."""
        return any(not _idle(statement) for statement in self.body)


def _idle(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Raise():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
            return name in _LOGGING
        case _:
            return False


class Reach(msgspec.Struct, frozen=True):
    """A name of vLLM that a `try` body reaches for."""

    path: AccessPath
    guard: int
    """The guard there."""
    condition: Expression
    """True where it is there, or where it is not asked for."""
    is_import: bool


class Probe:
    """What a `try` body reaches for of which a handler catches the absence."""

    def __init__(self, caught: frozenset[str], guard: int) -> None:
        self.imports = bool(caught & IMPORT_CATCHERS)
        # A body under `except Exception` is rarely about one attribute; that handler says what it is about.
        self.attributes = "AttributeError" in caught
        self.guard = guard
        self.found: list[Reach] = []

    def catches(self, *, is_import: bool) -> bool:
        """Whether the absence of an import, or else of an attribute, leads to a handler."""
        if len(self.found) >= MAX_PROBED:
            return False
        return self.imports if is_import else self.attributes


MAX_PROBED = 24


def run_try(walker: "FileWalker", node: ast.Try | ast.TryStar) -> Reached:
    """Run a `try` statement."""
    catchers = [
        Catcher(_exceptions(handler.type), tuple(handler.body), handler.name) for handler in node.handlers
    ]
    for handler in node.handlers:
        if handler.type is not None and isinstance(handler.type, ast.Attribute):
            walker.visit(handler.type)
    reached = _attempt(walker, node.body, catchers, node.orelse)
    final = walker.block(node.finalbody)
    return None if reached is None or final is None else (*reached, *final)


def _exceptions(node: ast.expr | None) -> frozenset[str]:
    match node:
        case None:
            return frozenset({"BaseException"})
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return frozenset({name})
        case ast.Tuple(elts=elements):
            return frozenset().union(*map(_exceptions, elements))
        case _:
            return frozenset({"Exception"})


def _attempt(
    walker: "FileWalker", body: list[ast.stmt], catchers: list[Catcher], orelse: list[ast.stmt]
) -> Reached:
    caught = frozenset[str]().union(*(catcher.names for catcher in catchers if not catcher.raises_again))
    before = dict(walker.frame.env)
    guard, outer_caught, outer_fallback = walker.guard, walker.caught, walker.fallback
    probe = Probe(frozenset[str]().union(*(catcher.names for catcher in catchers)), guard)
    walker.probes.append(probe)
    walker.caught = walker.caught_with(caught)
    walker.fallback = outer_fallback or any(
        catcher.provides for catcher in catchers if not catcher.raises_again
    )
    reached = walker.block(body)
    walker.probes.remove(probe)
    walker.caught, walker.fallback = outer_caught, outer_fallback
    if probe.imports and not probe.found:
        probe.found += [Reach(path, guard, Runs(path), is_import=True) for path in _called(walker, body)]
    presents = tuple(dict.fromkeys(one.condition for one in probe.found))
    if reached is not None and orelse:
        for test in (*presents, *reached):
            walker.push(test)
        after = walker.block(orelse)
        reached = None if after is None else (*reached, *after)
        walker.guard = guard
    success_env = walker.frame.env
    forget_arguments(before, body)
    handled = [_handle(walker, catcher, probe, dict(before)) for catcher in catchers]
    succeeded: Expression = every(presents) if presents else Opaque("an exception")
    return _meet(walker, succeeded, reached, success_env, [one for one in handled if one is not None])


def _called(walker: "FileWalker", body: list[ast.stmt]) -> Iterator[AccessPath]:
    """Yield the functions of the plugin that statements of `body` are calls of."""
    for statement in body:
        match statement:
            case ast.Assign(value=ast.Call(func=called)) | ast.Expr(value=ast.Call(func=called)):
                match walker.peek(called):
                    case Ref(path) if not path.steps and path.root.partition(".")[0] in walker.roots:
                        yield path
                    case _:
                        pass
            case _:
                pass


class Handled(msgspec.Struct, frozen=True):
    """A handler whose end is reached."""

    tests: tuple[Expression, ...]
    env: dict[str, Value]
    absence: bool
    """What leads there is that something in vLLM is absent."""


def _handle(walker: "FileWalker", catcher: Catcher, probe: Probe, env: dict[str, Value]) -> Handled | None:
    imports, attributes = bool(catcher.names & IMPORT_CATCHERS), bool(catcher.names & ATTRIBUTE_CATCHERS)
    tests = tuple(
        dict.fromkeys(one.condition for one in probe.found if (imports if one.is_import else attributes))
    )
    guard = walker.guard
    walker.frame.env = env
    walker.push(negated(every(tests)) if tests else Opaque("an exception"))
    if catcher.binds is not None:
        walker.frame.env[catcher.binds] = None
    reached = walker.block(list(catcher.body))
    walker.guard = guard
    return None if reached is None else Handled(reached, walker.frame.env, bool(tests))


def _meet(
    walker: "FileWalker",
    succeeded: Expression,
    reached: Reached,
    success_env: dict[str, Value],
    handled: list[Handled],
) -> Reached:
    """Return when the statement after a `try` is reached, and leave the names that hold there."""
    fallen = [one for one in handled if one.absence]
    others = [one for one in handled if not one.absence]
    env = success_env if reached is not None else None
    for one in (*others, *fallen):
        env = one.env if env is None else merge(succeeded if one.absence else OPAQUE, env, one.env)
    if env is None:
        return None
    walker.frame.env = env
    doubtful = type(succeeded) is Opaque
    if reached is None:
        return (negated(succeeded), *fallen[0].tests) if fallen else (Opaque("an exception"),)
    if fallen:
        if not reached and any(not one.tests for one in fallen):
            return ()
        return (either((every((succeeded, *reached)), every((negated(succeeded), *fallen[0].tests)))),)
    if doubtful:
        return () if others else reached
    return (succeeded, *reached)


# ---------------------------------------------------------------- with, match


def run_with(walker: "FileWalker", node: ast.With | ast.AsyncWith) -> Reached:
    """Run a `with` statement; `suppress` is a `try` in disguise."""
    catchers: list[Catcher] = []
    for item in node.items:
        walker.visit(item.context_expr)
        match item.context_expr:
            case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=arguments):
                names = frozenset[str]().union(*map(_exceptions, arguments))
                catchers.append(Catcher(names))
            case _:
                pass
        if item.optional_vars is not None:
            walker.assign(item.optional_vars, None)
    if catchers:
        return _attempt(walker, node.body, catchers, [])
    return walker.block(node.body)


def run_match(walker: "FileWalker", node: ast.Match) -> Reached:
    """Run the cases of a `match`, each of which may or may not be taken."""
    walker.visit(node.subject)
    before = walker.frame.env
    merged: dict[str, Value] | None = None
    for case in node.cases:
        walker.frame.env = dict(before)
        guard = walker.guard
        walker.push(Opaque(f"match {walker.text(node.subject)}"))
        for name in _captured(case.pattern):
            walker.frame.env[name] = None
        value: Value = None
        match case.pattern:
            case ast.MatchClass(cls=cls) | ast.MatchAs(pattern=ast.MatchClass(cls=cls)):
                match walker.peek(cls):
                    case Ref(path) if not path.steps and walker.followed(path.root):
                        value = Ref(path.step(INSTANCE))
                    case _:
                        pass
            case _:
                pass
        saved = narrow(walker, [(node.subject, value)])
        if isinstance(case.pattern, ast.MatchAs) and case.pattern.name:
            walker.frame.env[case.pattern.name] = value
        if case.guard is not None:
            walker.visit(case.guard)
        reached = walker.block(case.body)
        widen(walker, saved)
        walker.guard = guard
        if reached is not None:
            env = walker.frame.env
            merged = env if merged is None else merge(OPAQUE, merged, env)
    walker.frame.env = before if merged is None else merge(OPAQUE, merged, before)
    return ()


def _captured(pattern: ast.pattern) -> list[str]:
    return [
        node.name
        for node in ast.walk(pattern)
        if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None
    ]
