"""A module's `__getattr__`, evaluated: which names it serves and what each stands for.

The function is run on paper for every name that it or its tables mention, and once for a name that nobody
can have meant: when that one is not refused, any name may be served.
"""

import ast
from collections.abc import Callable, Iterator, Mapping

import msgspec

from plugin_matrix.surface.reading_constants import Constant, Constants
from plugin_matrix.surface.reading_functions import Function
from plugin_matrix.surface.reading_text import callee, dotted
from plugin_matrix.surface.records import LazyNames

_NOBODY = "\x00"
_MOST_NAMES = 2000


class _Dotted(msgspec.Struct, frozen=True):
    """A module or an object by its dotted path."""

    path: str


_Value = str | tuple["_Value", ...] | Mapping[str, "_Value"] | _Dotted | None
"""A constant or a path; None is Python's, an empty string stands for what is not known."""


class _Returned(msgspec.Struct, frozen=True):
    value: _Value


class _Refused(msgspec.Struct, frozen=True):
    """The function raised: there is no such name."""


_End = _Returned | _Refused | dict[str, _Value]
"""A way out of some statements; a dict of local names where the end was reached."""


def lazy_names(
    node: Function, constants: Constants, module: str, absolute: Callable[[int, str | None], str]
) -> LazyNames:
    """Evaluate `__getattr__` of `module`; `absolute` makes relative imports absolute."""
    targets: dict[str, str] = {}
    deprecated = []
    complete = True
    for name in _mentioned(node, constants):
        run = _Run(node, constants, module, absolute, name)
        outcomes = run.outcomes()
        served = [value for value in outcomes if value is not None]
        if not served:
            continue
        paths = {value.path if isinstance(value, _Dotted) else "" for value in served}
        targets[name] = paths.pop() if len(paths) == 1 else ""
        if run.warned:
            deprecated.append(name)
    if any(value is not None for value in _Run(node, constants, module, absolute, _NOBODY).outcomes()):
        complete = False
    return LazyNames(tuple(targets.items()), complete, tuple(deprecated))


def _mentioned(node: Function, constants: Constants) -> list[str]:
    """Every string that the function or a table it uses knows."""
    found: dict[str, None] = {}
    for child in ast.walk(node):
        value: Constant = None
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            value = child.value
        elif isinstance(child, ast.Name):
            value = (child.id == "__all__" and (constants.names() or ((), True))[0]) or constants.value(child)
        if isinstance(value, str):
            value = (value,)
        for name in value or ():
            if isinstance(name, str) and name.isidentifier():
                found[name] = None
    return list(found)[:_MOST_NAMES]


class _Run:
    """One run of the function for one name, taking every branch that cannot be decided."""

    def __init__(
        self,
        node: Function,
        constants: Constants,
        module: str,
        absolute: Callable[[int, str | None], str],
        name: str,
    ) -> None:
        self.node = node
        self.constants = constants
        self.module = module
        self.absolute = absolute
        self.name = name
        self.warned = False

    def outcomes(self) -> list[_Value]:
        """Return what may be returned; None stands for a refusal, an empty string for an unknown value."""
        parameter = [*self.node.args.posonlyargs, *self.node.args.args][0].arg
        return [
            None if isinstance(end, _Refused) else end.value if isinstance(end, _Returned) else ""
            for end in self._block(self.node.body, {parameter: self.name})
        ]

    def _block(self, body: list[ast.stmt], local: dict[str, _Value]) -> Iterator[_End]:
        """Run statements; yields every way out, a dict of local names for reaching the end."""
        states = [local]
        for statement in body:
            following: list[dict[str, _Value]] = []
            for state in states:
                for end in self._statement(statement, dict(state)):
                    if isinstance(end, dict):
                        following.append(end)
                    else:
                        yield end
            states = following[:8]
        yield from states

    def _statement(  # noqa: C901, PLR0912 - one branch per kind of statement
        self, node: ast.stmt, local: dict[str, _Value]
    ) -> Iterator[_End]:
        match node:
            case ast.Return(value=value):
                yield _Returned(self._value(value, local) if value is not None else "")
            case ast.Raise(exc=raised):
                if raised is not None and callee(raised) == "NotImplementedError":
                    return
                yield _Refused()
            case ast.If(test=test, body=body, orelse=orelse):
                decided = self._test(test, local)
                if decided is not False:
                    yield from self._block(body, dict(local))
                if decided is not True:
                    yield from self._block(orelse, dict(local))
            case ast.ImportFrom(module=module, level=level, names=names):
                base = self.absolute(level, module)
                for alias in names:
                    local[alias.asname or alias.name] = _Dotted(f"{base}.{alias.name}")
                yield local
            case ast.Import(names=names):
                for alias in names:
                    local[alias.asname or alias.name.partition(".")[0]] = _Dotted(
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
                yield local
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                local[name] = self._value(value, local)
                yield local
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                values = self._value(value, local)
                for index, target in enumerate(targets):
                    if isinstance(target, ast.Name):
                        known = isinstance(values, tuple) and len(values) == len(targets)
                        local[target.id] = values[index] if known and isinstance(values, tuple) else ""
                yield local
            case ast.Try(body=body, orelse=orelse, handlers=handlers):
                yield from self._block([*body, *orelse], dict(local))
                if any(not isinstance(h.body[-1], ast.Raise) for h in handlers):
                    for handler in handlers:
                        yield from self._block(handler.body, dict(local))
            case ast.With(body=body):
                yield from self._block(body, local)
            case ast.Expr(value=ast.Call(func=func, args=args, keywords=keywords)):
                if dotted(func).rpartition(".")[2] in {"warn", "warning", "warning_once", "deprecated"}:
                    self.warned |= bool(args or keywords)
                yield local
            case _:
                yield local

    def _test(self, node: ast.expr, local: dict[str, _Value]) -> bool | None:  # noqa: C901, PLR0911, PLR0912
        """Decide a test; None where both may be."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                decided = self._test(operand, local)
                return None if decided is None else not decided
            case ast.BoolOp(op=op, values=values):
                parts = [self._test(value, local) for value in values]
                stop = isinstance(op, ast.Or)
                if stop in parts:
                    return stop
                return None if None in parts else not stop
            case ast.Compare(
                left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]
            ):
                if isinstance(left, ast.Name) and left.id in local:
                    value = local[left.id]
                    if value == "":
                        return None
                    return (value is None) == isinstance(op, ast.Is)
                return None
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                name = self._value(left, local)
                if not isinstance(name, str) or not name:
                    return None
                if isinstance(right, ast.Call) and dotted(right.func) == "globals":
                    # Python asks `__getattr__` only for what is not there.
                    return isinstance(op, ast.NotIn)
                other = self._constant(right, local)
                if isinstance(op, ast.Eq | ast.NotEq) and isinstance(other, str) and other:
                    return (name == other) == isinstance(op, ast.Eq)
                if isinstance(op, ast.In | ast.NotIn) and isinstance(other, tuple | Mapping):
                    return (name in other) == isinstance(op, ast.In)
                return None
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="startswith"),
                args=[ast.Constant(value=str(start))],
            ):
                value = local.get(name)
                # Of names that begin so there are many more than are written there.
                known = isinstance(value, str) and value not in {"", _NOBODY}
                return value.startswith(start) if known and isinstance(value, str) else None
            case _:
                return None

    def _constant(self, node: ast.expr, local: dict[str, _Value]) -> Constant:
        if isinstance(node, ast.Name) and node.id == "__all__":
            return (self.constants.names() or ((), True))[0]
        known = {name: value for name, value in local.items() if isinstance(value, str)}
        return self.constants.value(node, known)

    def _value(self, node: ast.expr, local: dict[str, _Value]) -> _Value:  # noqa: C901, PLR0911, PLR0912 - by kind
        """Evaluate; an empty string stands for what is not known."""
        match node:
            case ast.Name(id=name):
                if name in local:
                    return local[name]
                if name in {"__name__", "__package__"}:
                    return self.module
                known = self.constants.value(node)
                return known if known is not None else _Dotted(f"{self.module}.{name}")
            case ast.Attribute(value=value, attr=attr):
                base = self._value(value, local)
                return _Dotted(f"{base.path}.{attr}") if isinstance(base, _Dotted) else ""
            case ast.JoinedStr(values=values):
                parts = [
                    self._value(part.value, local)
                    if isinstance(part, ast.FormattedValue)
                    else self._value(part, local)
                    for part in values
                ]
                return "".join(map(str, parts)) if all(isinstance(p, str) and p for p in parts) else ""
            case ast.Subscript(value=value, slice=index):
                table = self._table(value, local)
                key = self._value(index, local)
                if isinstance(table, Mapping) and isinstance(key, str):
                    found = table.get(key, "")
                    return found if found is not None else ""
                return ""
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, attr_node, *_]):
                base, attr_name = self._value(owner, local), self._value(attr_node, local)
                if isinstance(base, _Dotted) and isinstance(attr_name, str) and attr_name:
                    return _Dotted(f"{base.path}.{attr_name}")
                return ""
            case ast.Call(func=func, args=[first, *_]) if dotted(func).rpartition(".")[2] in {
                "import_module",
                "__import__",
            }:
                return self._module(self._value(first, local))
            case ast.Call(func=ast.Attribute(value=table_node, attr="get"), args=[key_node, *_]):
                table, key = self._table(table_node, local), self._value(key_node, local)
                if isinstance(table, Mapping) and isinstance(key, str):
                    return table.get(key)
                return ""
            case ast.Call(
                func=ast.Attribute(value=text_node, attr="split"), args=[ast.Constant(value=str(mark)), *more]
            ):
                text = self._value(text_node, local)
                return tuple(text.split(mark, 1 if more else -1)) if isinstance(text, str) and text else ""
            case ast.Constant() | ast.Dict() | ast.List() | ast.Tuple() | ast.Set():
                known = self._constant(node, local)
                return known if known is not None else ""
            case _:
                return ""

    def _module(self, name: _Value) -> _Value:
        if not isinstance(name, str) or not name:
            return ""
        level = len(name) - len(name.lstrip("."))
        return _Dotted(self.absolute(level, name.lstrip(".") or None))

    def _table(self, node: ast.expr, local: dict[str, _Value]) -> _Value:
        if isinstance(node, ast.Dict):
            return {
                key.value: self._value(value, local)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
        return self._value(node, local)
