"""What function bodies tell: attributes they give `self`, and the methods of other objects they call."""

import ast
from collections.abc import Iterable

import msgspec

from plugin_matrix.model.signature import Shape
from plugin_matrix.surface.reading_functions import Function
from plugin_matrix.surface.reading_text import access_path, annotation, literal, root_of
from plugin_matrix.surface.records import OWN_NAMES, AttributeRecord, EngineCall, Mark

_UNKNOWN = ""
_MOST_ALTERNATIVES = 3
_REGISTERING = frozenset({"register_buffer", "register_parameter", "register_module", "add_module"})
"""Methods of `torch.nn.Module` that make an attribute of the name they are given."""

COMMON_METHODS = frozenset(
    name for kind in (dict, list, set, str, bytes, tuple, int, float) for name in dir(kind)
) | frozenset({"debug", "info", "warning", "error", "exception", "critical", "info_once", "warning_once"})
"""Methods of containers, strings and loggers: a call of one says nothing of an object of vLLM."""

_LEAVES = (ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.Import, ast.ImportFrom, ast.Global)
_CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {}
_IGNORED_FIELDS = frozenset(
    {
        "ctx",
        "op",
        "ops",
        "type_comment",
        "conversion",
        "type_ignores",
        "kind",
        "annotation",
        "is_async",
        "simple",
    }
)


def _children(kind: type[ast.AST]) -> tuple[str, ...]:
    fields = _CHILDREN[kind] = tuple(name for name in kind._fields if name not in _IGNORED_FIELDS)
    return fields


class Body(msgspec.Struct):
    """What one pass over a function finds, in no particular order."""

    own: list[tuple[str, ast.expr | None, ast.expr | None]]
    """Attribute of `self`, its value, its annotation."""
    of_class: list[tuple[str, ast.expr | None, ast.expr | None]]
    """The same of `cls`."""
    names: dict[str, list[ast.expr | None]]
    """Values that local names are bound to; None where it is no plain assignment."""
    elements: dict[str, list[ast.expr]]
    """What a `for` runs over, by its variable."""
    annotations: dict[str, str]
    calls: list[ast.Call]
    nested: dict[str, str]
    """Parameters of functions inside, with annotations."""
    computed: bool = False
    """`setattr(self, name, ...)` with a name that is not written there."""


def scan(body: list[ast.stmt], own_name: str, class_name: str) -> Body:  # noqa: C901, PLR0912, PLR0915 - by kind
    """Pass once over the statements of a function; `own_name` is what it calls `self`."""
    found = Body([], [], {}, {}, {}, [], {})
    names = found.names
    stack: list[ast.AST] = list(body)
    pop, extend, push = stack.pop, stack.extend, stack.append
    while stack:
        node = pop()
        kind = type(node)
        if kind in _LEAVES_SET:
            if kind is ast.Import or kind is ast.ImportFrom:
                within = _package_of(node)
                for alias in node.names:  # type: ignore[attr-defined]
                    bound = (alias.asname or alias.name).partition(".")[0]
                    # What a function imports for itself has no name in the module: it is told by its path.
                    path = _dotted(f"{within}.{alias.name}") if within else None
                    names.setdefault(bound, []).append(path)
            continue
        if kind is ast.Attribute:
            push(node.value)  # type: ignore[attr-defined]
            continue
        if kind is ast.Call:
            func = node.func  # type: ignore[attr-defined]
            if type(func) is ast.Attribute:
                found.calls.append(node)  # type: ignore[arg-type]
                push(func.value)
                if func.attr in _REGISTERING:
                    _registered(node, func, found, own_name)  # type: ignore[arg-type]
            elif type(func) is ast.Name:
                if func.id == "setattr":
                    _setattr(node, found, own_name)  # type: ignore[arg-type]
            else:
                push(func)
            extend(node.args)  # type: ignore[attr-defined]
            for keyword in node.keywords:  # type: ignore[attr-defined]
                push(keyword.value)
            continue
        if kind is ast.Assign:
            for target in node.targets:  # type: ignore[attr-defined]
                _bind(target, node.value, None, found, own_name, class_name)  # type: ignore[attr-defined]
            push(node.value)  # type: ignore[attr-defined]
            continue
        if kind is ast.AnnAssign:
            _bind(node.target, node.value, node.annotation, found, own_name, class_name)  # type: ignore[attr-defined]
            if node.value is not None:  # type: ignore[attr-defined]
                push(node.value)  # type: ignore[attr-defined]
            continue
        if kind is ast.For or kind is ast.AsyncFor or kind is ast.comprehension:
            target = node.target  # type: ignore[attr-defined]
            if type(target) is ast.Name:
                found.elements.setdefault(target.id, []).append(node.iter)  # type: ignore[attr-defined]
            else:
                _bind(target, None, None, found, own_name, class_name)
        elif kind is ast.withitem:
            if node.optional_vars is not None:  # type: ignore[attr-defined]
                _bind(node.optional_vars, None, None, found, own_name, class_name)  # type: ignore[attr-defined]
            push(node.context_expr)  # type: ignore[attr-defined]
            continue
        elif kind is ast.NamedExpr:
            _bind(node.target, node.value, None, found, own_name, class_name)  # type: ignore[attr-defined]
        elif kind is ast.ExceptHandler:
            if node.name:  # type: ignore[attr-defined]
                names.setdefault(node.name, []).append(None)  # type: ignore[attr-defined]
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef or kind is ast.Lambda:
            for argument in _arguments(node.args):  # type: ignore[attr-defined]
                found.nested[argument.arg] = annotation(argument.annotation)
            if kind is not ast.Lambda:
                names.setdefault(node.name, []).append(None)  # type: ignore[attr-defined]
                extend(node.body)  # type: ignore[attr-defined]
            else:
                push(node.body)  # type: ignore[attr-defined]
            continue
        elif kind is ast.ClassDef:
            names.setdefault(node.name, []).append(None)  # type: ignore[attr-defined]
            continue
        for field in _CHILDREN.get(kind) or _children(kind):
            child = getattr(node, field)
            if type(child) is list:
                extend(child)
            elif child is not None and type(child) is not str:
                push(child)
    return found


_LEAVES_SET = frozenset(_LEAVES) | {ast.Nonlocal, ast.MatchSingleton, ast.MatchStar, type(None), str}


def _package_of(node: ast.AST) -> str:
    """Return the module of vLLM that `from module import name` names; empty for other imports."""
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return node.module if node.module.partition(".")[0] == "vllm" else ""
    return ""


def _dotted(path: str) -> ast.expr:
    first, *rest = path.split(".")
    expression: ast.expr = ast.Name(first)
    for name in rest:
        expression = ast.Attribute(expression, name)
    return expression


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _bind(  # noqa: C901 - one branch per kind of target
    target: ast.expr,
    value: ast.expr | None,
    annotated: ast.expr | None,
    found: Body,
    own_name: str,
    class_name: str,
) -> None:
    match target:
        case ast.Name(id=name):
            found.names.setdefault(name, []).append(value)
            if annotated is not None:
                found.annotations[name] = annotation(annotated)
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            if name == own_name:
                found.own.append((attr, value, annotated))
            elif name == class_name:
                found.of_class.append((attr, value, annotated))
        case ast.Attribute(
            value=ast.Attribute(value=ast.Name(id=name), attr="__class__")
            | ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=name)]),
            attr=attr,
        ) if name == own_name:
            found.of_class.append((attr, value, annotated))
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values: Iterable[ast.expr | None] = [None] * len(targets)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets):
                values = value.elts
            for part, part_value in zip(targets, values, strict=True):
                _bind(part, part_value, None, found, own_name, class_name)
        case ast.Starred(value=inner):
            _bind(inner, None, None, found, own_name, class_name)
        case _:
            pass


def _setattr(call: ast.Call, found: Body, own_name: str) -> None:
    match call.args:
        case [ast.Name(id=name), ast.Constant(value=str(attr)), value] if name == own_name:
            found.own.append((attr, value, None))
        case [ast.Name(id=name), _, _] if name == own_name and own_name:
            found.computed = True
        case _:
            pass


def _registered(call: ast.Call, func: ast.Attribute, found: Body, own_name: str) -> None:
    match func.value, call.args:
        case ast.Name(id=name), [ast.Constant(value=str(attr)), *_] if name == own_name:
            found.own.append((attr, None, None))
        case _:
            pass


class Paths:
    """Access paths of the values in one function, told in the scope of its module."""

    def __init__(self, node: Function, found: Body, *, own_name: str, owner: str) -> None:
        self.found = found
        self.own_name = own_name
        self.owner = owner
        self.parameters = {a.arg: annotation(a.annotation) for a in _arguments(node.args)}
        self._locals: dict[str, str] = {}

    def local(self, name: str) -> str | None:
        """Return what a local name stands for, in terms of parameters and the module; None: not local."""
        if name in self._locals:
            return self._locals[name]
        found = self.found
        if name in found.nested:
            path = _instance(found.nested[name])
        elif name in found.annotations:
            path = _instance(found.annotations[name])
        elif name in found.names or name in found.elements:
            # Whoever asks again while this is being told gets no answer: `x = x.y`.
            self._locals[name] = _UNKNOWN
            paths = {
                self.of(value) if value is not None else _UNKNOWN
                for value in found.names.get(name, ())
                if not (isinstance(value, ast.Constant) and value.value is None)
            }
            for iterated in found.elements.get(name, ()):
                base = self.of(iterated)
                paths.add(f"{base}[]" if base else _UNKNOWN)
            path = paths.pop() if len(paths) == 1 else _UNKNOWN
        else:
            return None
        self._locals[name] = path
        return path

    def of(self, node: ast.expr) -> str:
        """Return the path of a value with `self` and parameters under their own names."""
        path = access_path(node)
        if not path:
            return _UNKNOWN
        root = root_of(path)
        if root == self.own_name or root in self.parameters:
            return path
        known = self.local(root)
        if known is None:
            return path
        return known + path[len(root) :] if known else _UNKNOWN

    def in_module(self, path: str) -> str:
        """Return a path of `of` as the module sees it: `self` is `Class@`, a parameter its annotation."""
        root = root_of(path)
        if not path or root == "super":
            return _UNKNOWN
        if root == self.own_name:
            return f"{self.owner}@{path[len(root) :]}"
        if root in self.parameters:
            known = _instance(self.parameters[root])
            return known + path[len(root) :] if known else _UNKNOWN
        return path


def _instance(text: str) -> str:
    """Return the path of a value annotated so; empty where the annotation is no single class."""
    text = text.removesuffix(" | None")
    if text.startswith("type[") and text.endswith("]"):
        inner = text[5:-1]
        return inner if _plain(inner) else _UNKNOWN
    return f"{text}@" if _plain(text) else _UNKNOWN


def _plain(text: str) -> bool:
    return text.replace(".", "_").isidentifier() and text != "Any"


def attributes(
    paths: Paths, assigned: list[tuple[str, ast.expr | None, ast.expr | None]], marks: Mark
) -> dict[str, list[AttributeRecord]]:
    """Return the records of attributes that a function gives `self` (or `cls`)."""
    records: dict[str, list[AttributeRecord]] = {}
    for name, value, annotated in assigned:
        text = annotation(annotated)
        path = _UNKNOWN
        if not text and value is not None:
            if isinstance(value, ast.Name) and value.id in paths.parameters:
                text = paths.parameters[value.id]
            else:
                path = literal(value) or paths.in_module(paths.of(value))
                if path == f"{paths.owner}@.{name}":
                    continue
        records.setdefault(name, []).append(AttributeRecord(text, path, marks))
    return records


def alternatives(records: list[AttributeRecord]) -> tuple[AttributeRecord, ...]:
    """Return what several assignments to one attribute come to: its annotation, else its possible values."""
    for record in records:
        if record.annotation:
            return (record,)
    distinct = dict.fromkeys(records)
    if len(distinct) > 1:
        nothing = [record for record in distinct if record.value == "None"]
        for record in nothing:
            del distinct[record]
    if any(not record.value for record in distinct) or len(distinct) > _MOST_ALTERNATIVES:
        return (AttributeRecord("", "", records[0].marks),)
    return tuple(distinct)


def engine_calls(
    paths: Paths, scope: str, own: str, skipped: frozenset[str], module_names: frozenset[str]
) -> list[EngineCall]:
    """Return the calls of methods on objects, those of names in `skipped` (modules) left out.

    `own` is what the function calls its object or class. Of calls on that, those without arguments are left
    out: they do not show what an override lacks. The receiver is told with `self`, `cls` and parameters under
    their own names; a local name of which no more is known stays as written, unless it hides one of
    `module_names` and would be taken for that.
    """
    calls = []
    for call in paths.found.calls:
        func = call.func
        assert isinstance(func, ast.Attribute)  # noqa: S101 - `scan` keeps no others
        if func.attr in COMMON_METHODS or func.attr.startswith("__"):
            continue
        written = access_path(func.value)
        if not written:
            continue
        root = root_of(written)
        if root in skipped or root == "super":
            continue
        if written in OWN_NAMES:
            if written == own and (call.args or call.keywords):
                calls.append(EngineCall(func.attr, written, scope, shape(call), call.lineno))
            continue
        receiver = paths.of(func.value)
        if not receiver:
            if root in paths.parameters or (paths.local(root) is not None and root not in module_names):
                receiver = written
            else:
                continue
        if (
            receiver == paths.own_name
            or receiver in OWN_NAMES
            or root_of(receiver) in skipped
            or root_of(receiver) == "super"
        ):
            continue
        calls.append(EngineCall(func.attr, receiver, scope, shape(call), call.lineno))
    return calls


def shape(call: ast.Call) -> Shape:
    """Return the arguments of a call without their values."""
    starred = sum(isinstance(argument, ast.Starred) for argument in call.args)
    names = tuple(keyword.arg for keyword in call.keywords if keyword.arg is not None)
    return Shape(len(call.args) - starred, names, bool(starred), len(names) < len(call.keywords))
