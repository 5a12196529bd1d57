"""Tables of strings in a module: `__all__`, and what a lazy `__getattr__` looks names up in."""

import ast
from collections.abc import Mapping
from types import MappingProxyType

Constant = str | tuple["Constant", ...] | Mapping[str, "Constant"] | None
"""A string, a sequence of constants, a table by string; None for what is no constant."""

_SEQUENCES = frozenset({"list", "tuple", "set", "frozenset", "sorted"})


class Constants:
    """The constants of one module, told from its top-level assignments."""

    def __init__(self, body: list[ast.stmt]) -> None:
        self._assigned: dict[str, list[ast.stmt]] = {}
        for statement in body:
            for name in _changed(statement):
                self._assigned.setdefault(name, []).append(statement)

    def names(self) -> tuple[tuple[str, ...], bool] | None:
        """Return `__all__` and whether it is whole; None where the module has none."""
        if "__all__" not in self._assigned:
            return None
        found: list[str] = []
        complete = True
        for statement in self._assigned["__all__"]:
            value, starts = _all_change(statement)
            if starts:
                found = []
            more, whole = self._strings(value)
            found += more
            complete &= whole
        return tuple(dict.fromkeys(found)), complete

    def _strings(self, node: ast.expr | None) -> tuple[list[str], bool]:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            parts = [self._strings(element) for element in node.elts]
            return [name for names, _ in parts for name in names], all(whole for _, whole in parts)
        if isinstance(node, ast.Starred):
            return self._strings(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._strings(node.left), self._strings(node.right)
            return left[0] + right[0], left[1] and right[1]
        value = self.value(node) if node is not None else None
        if isinstance(value, str):
            return [value], True
        if isinstance(value, tuple | Mapping):
            return [item for item in value if isinstance(item, str)], True
        return [], False

    def value(  # noqa: PLR0911 - one return per kind of expression
        self, node: ast.expr, local: Mapping[str, Constant] = MappingProxyType({})
    ) -> Constant:
        """Return the value of an expression of constants; names in `local` come first."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                return local[name] if name in local else self._named(name)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return self._sequence(elements, local)
            case ast.Dict(keys=keys, values=values):
                table: dict[str, Constant] = {}
                for key, value in zip(keys, values, strict=True):
                    inner = self.value(value, local)
                    written = self.value(key, local) if key is not None else None
                    if key is None and isinstance(inner, Mapping):
                        table |= inner
                    elif isinstance(written, str):
                        table[written] = inner
                    else:
                        return None
                return table
            case ast.Call(func=ast.Name(id=maker), args=[inner]) if maker in _SEQUENCES:
                made = self.value(inner, local)
                return tuple(made) if isinstance(made, tuple | Mapping) else None
            case ast.Call(func=ast.Attribute(value=table_node, attr="keys"), args=[]):
                made = self.value(table_node, local)
                return tuple(made) if isinstance(made, Mapping) else None
            case _:
                return None

    def _sequence(self, elements: list[ast.expr], local: Mapping[str, Constant]) -> Constant:
        values: list[Constant] = []
        for element in elements:
            if isinstance(element, ast.Starred):
                inner = self.value(element.value, local)
                if not isinstance(inner, tuple | Mapping):
                    return None
                values += list(inner)
            else:
                values.append(self.value(element, local))
        return tuple(values)

    def _named(self, name: str) -> Constant:
        # Taken away while it is told, so that `a = b` and `b = a` come to an end.
        statements = self._assigned.pop(name, [])
        try:
            return self._assigned_once(statements)
        finally:
            self._assigned[name] = statements

    def _assigned_once(self, statements: list[ast.stmt]) -> Constant:
        if len(statements) != 1:
            return None
        match statements[0]:
            case ast.Assign(value=value):
                return self.value(value)
            case ast.AnnAssign(value=value) if value is not None:
                return self.value(value)
            case _:
                return None


def _changed(statement: ast.stmt) -> list[str]:
    """Names that a top-level statement assigns or, `__all__` only, changes."""
    match statement:
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return [name]
        case ast.If() | ast.Try() | ast.For() | ast.With():
            inside = [
                name
                for child in ast.walk(statement)
                if isinstance(child, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr)
                for name in _changed(child)
            ]
            return list(dict.fromkeys(inside))
        case _:
            return []


def _all_change(statement: ast.stmt) -> tuple[ast.expr | None, bool]:
    """Return what a statement adds to `__all__`, and whether it starts anew; None for what is not known."""
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return value, True
        case ast.AugAssign(value=value):
            return value, False
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="extend"), args=[value])):
            return value, False
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[value])):
            return value, False
        case _:
            return None, False
