"""Branches: what is bound after one of several ran, and which of them run at all."""

import ast

import msgspec

from plugin_matrix.surface.reading_text import dotted
from plugin_matrix.surface.records import ClassRecord, Mark, Record

Bindings = dict[str, list[Record]]
"""Names with the records that stand for them."""


def forget(bound: Bindings, name: str) -> None:
    """Drop what `name` was bound to, but for what only type checkers see."""
    records = bound.get(name)
    if records is None:
        return
    kept = [record for record in records if not is_certain(record) and _type_only(record)]
    if any(isinstance(record, ClassRecord) for record in records):
        for member in [key for key in bound if key.startswith(f"{name}.")]:
            if not all(map(_type_only, bound[member])):
                del bound[member]
    if kept:
        bound[name] = kept
    else:
        del bound[name]


def _marks(record: Record) -> Mark:
    return getattr(record, "marks", Mark(0))


def _type_only(record: Record) -> bool:
    return bool(_marks(record) & Mark.TYPE_ONLY)


def is_certain(record: Record) -> bool:
    """Tell a binding that is there at run time whatever branch was taken."""
    return not _marks(record) & (Mark.CONDITIONAL | Mark.TYPE_ONLY)


def join(branches: list[tuple[list[ast.stmt], Bindings]]) -> Bindings:
    """Return what is bound after one of the branches ran; those that end in `raise` are never left."""
    left = [bound for statements, bound in branches if not _leaves(statements)]
    if len(left) == 1:
        return left[0]
    joined: Bindings = {}
    for name in dict.fromkeys(name for bound in left for name in bound):
        # A member is certain where every branch that defines its class gives it.
        owner = name.rpartition(".")[0]
        having = [bound for bound in left if owner in bound] or left
        certain = all(any(is_certain(record) for record in bound.get(name, ())) for bound in having)
        records = joined[name] = []
        for bound in left:
            for record in bound.get(name, ()):
                said = record if certain else _conditional(record)
                if said not in records:
                    records.append(said)
    return joined


def _conditional(record: Record) -> Record:
    if hasattr(record, "marks") and not _marks(record) & Mark.CONDITIONAL:
        return msgspec.structs.replace(record, marks=_marks(record) | Mark.CONDITIONAL)
    return record


def _leaves(statements: list[ast.stmt]) -> bool:
    if not statements:
        return False
    last = statements[-1]
    return isinstance(last, ast.Raise) or (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and dotted(last.value.func) in {"sys.exit", "exit", "os._exit"}
    )


def known_test(test: ast.expr) -> str:  # noqa: PLR0911 - one return per kind of test
    """Say of an `if` that is decided before it runs: `types`, `not types`, `always`, `never`; else empty."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return "types"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            opposite = {"types": "not types", "not types": "types", "always": "never", "never": "always"}
            return opposite.get(known_test(operand), "")
        case ast.BoolOp(op=ast.And(), values=values):
            known = {known_test(value) for value in values}
            return "types" if "types" in known else "never" if "never" in known else ""
        case ast.BoolOp(op=ast.Or(), values=[first, *_]) if known_test(first) == "types":
            return ""
        case ast.Constant(value=value):
            return "always" if value else "never"
        case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__")]):
            return "never"
        case _:
            return ""
