"""Calls: what is called with which shape, and those of Python's own functions that reach for names."""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import CALL, ELEMENT, INSTANCE, AccessPath
from plugin_matrix.model.signature import Shape
from plugin_matrix.plugins.uses.expressions import (
    FALSE,
    OPAQUE,
    TRUE,
    Argument,
    Either,
    Elements,
    Expression,
    Invoke,
    Item,
    Items,
    Literal,
    Member,
    Opaque,
    Present,
    Ref,
    Setting,
    negated,
)
from plugin_matrix.plugins.uses.patches import attribute_patch, mock_patch, wrap_patch
from plugin_matrix.plugins.uses.registry import note_registration
from plugin_matrix.plugins.uses.scopes import Value, choice
from plugin_matrix.plugins.uses.texts import call_texts

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

MAX_ARGUMENTS = 6
ELEMENT_METHODS = frozenset({"get", "pop", "popleft", "setdefault"})
_CONTAINER_METHODS = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(str)) | frozenset(dir(set))


class Arguments:
    """The arguments of one call: their nodes and what is known of their values."""

    def __init__(self, walker: "FileWalker", node: ast.Call) -> None:
        self.positional = [walker.visit(argument) for argument in node.args]
        self.keywords = {keyword.arg: walker.visit(keyword.value) for keyword in node.keywords}
        self.star = any(isinstance(argument, ast.Starred) for argument in node.args)

    def at(self, position: int, keyword: str) -> Value:
        """Return an argument by its position or else its keyword."""
        if position < len(self.positional) and not self.star:
            return self.positional[position]
        return self.keywords.get(keyword)

    def text(self, position: int, keyword: str) -> str | None:
        """Return an argument that is a literal string."""
        match self.at(position, keyword):
            case Literal(str() as text):
                return text
            case _:
                return None

    def plain(self) -> tuple[tuple[int | str, Expression], ...]:
        """Return those that are constants or parameters of the function at hand."""
        return tuple(
            (key, value)
            for key, value in (*enumerate(self.positional), *self.keywords.items())
            if key is not None and (type(value) is Literal or type(value) is Argument)
        )

    def invoke(self, function: Expression) -> Value:
        """Return the call of `function` with these; None where too little is known of them."""
        values = [*self.positional, *self.keywords.values()]
        if self.star or None in self.keywords or len(values) > MAX_ARGUMENTS:
            return None
        known = [OPAQUE if value is None or isinstance(value, str) else value for value in values]
        count = len(self.positional)
        named = tuple(zip(map(str, self.keywords), known[count:], strict=True))
        return Invoke(function, tuple(known[:count]), named)


def shape_of(node: ast.Call) -> Shape:
    """Return the arguments of a call without their values."""
    starred = sum(isinstance(argument, ast.Starred) for argument in node.args)
    names = tuple(keyword.arg for keyword in node.keywords if keyword.arg is not None)
    return Shape(len(node.args) - starred, names, starred > 0, len(names) < len(node.keywords))


def visit_call(walker: "FileWalker", node: ast.Call) -> Value:
    """Note what `node` calls and return its result."""
    function = node.func
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and walker.is_super(function.value)
    ):
        arguments = Arguments(walker, node)
        walker.super_use(function, shape_of(node))
        return None
    target = walker.callee(function)
    arguments = Arguments(walker, node)
    call_texts(walker, node, arguments)
    if target is None or isinstance(target, str):
        return None
    return walker.each(target, lambda leaf: _call(walker, leaf, node, arguments))


def function_name(function: ast.expr) -> str:
    """Return the last name of what is called, empty where it has none."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _call(walker: "FileWalker", target: Expression, node: ast.Call, arguments: Arguments) -> Value:
    match target:
        case Ref(path):
            return _call_path(walker, path, node, arguments)
        case Invoke(Ref(path)) if walker.own(path.root):
            return _call_path(walker, path.step(CALL), node, arguments)
        case Member(Elements(inner) as container, name):
            if name in ELEMENT_METHODS:
                return inner
            return Elements(inner) if name == "values" else container if name == "copy" else Invoke(target)
        case Member():
            return arguments.invoke(target)
        case _:
            return None


def _call_path(walker: "FileWalker", path: AccessPath, node: ast.Call, arguments: Arguments) -> Value:
    special = _SPECIAL.get(path.root)
    if special is not None and not path.steps:
        return special(walker, node, arguments)
    if not walker.followed(path.root):
        return arguments.invoke(Ref(path))
    line = node.func.end_lineno or node.lineno
    if path.steps and path.steps[-1][1:] in _CONTAINER_METHODS and path.steps[-1][0] == ".":
        return _container_method(walker, path, line)
    own = walker.own(path.root) and not path.steps
    walker.call_use(path, shape_of(node), line, arguments.plain() if own else ())
    note_registration(walker, path, node.lineno, arguments)
    if own:
        invoked = arguments.invoke(Ref(path))
        if invoked is not None:
            return invoked
    return Ref(path.step(CALL))


def _container_method(walker: "FileWalker", path: AccessPath, line: int) -> Value:
    """Take `config.something.get(...)` for a use of `config.something`: what it holds may be a plain dict."""
    name = path.steps[-1][1:]
    base = AccessPath(path.root, path.steps[:-1])
    if base.steps and base.steps[-1][0] == ".":
        walker.read(Ref(base), line)
    if base.steps == (INSTANCE,) and walker.own(base.root):
        walker.call_use(path, Shape(star=True, double_star=True), line)
        return Ref(path.step(CALL))
    match name:
        case "values":
            return Elements(Ref(base.step(ELEMENT)))
        case "items":
            return Invoke(Member(Elements(Ref(base.step(ELEMENT)), keyed=True), "items"))
        case "get" | "pop" | "setdefault" | "popleft":
            return Ref(base.step(ELEMENT))
        case "copy":
            return Ref(base)
        case _:
            return None


# ---------------------------------------------------------------- Python's own functions


def _hasattr(_walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Ref(path), Literal(str() as name)] if name.isidentifier():
            return Present(path.attribute(name))
        case [Either(test, then, other), name]:
            sides = [
                Present(side.path.attribute(name.value))
                if isinstance(side, Ref) and isinstance(name, Literal) and isinstance(name.value, str)
                else Opaque("hasattr")
                for side in (then, other)
            ]
            return Either(test, sides[0], sides[1])
        case _:
            return None


def _getattr(walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Ref(path), Literal(str() as name), *default] if name.isidentifier():
            reached = path.attribute(name)
            if not default:
                walker.read(Ref(reached), node.lineno)
                return Ref(reached)
            return choice(Present(reached), Ref(reached), default[0])
        case _:
            return None


def _setattr(walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [base, Literal(str() as name), value] if name.isidentifier():
            attribute_patch(walker, base, name, value, node.lineno)
        case [Ref(path), _, _]:
            walker.opaque_store(path)
        case _:
            pass
    return None


def _delattr(walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Ref(path), Literal(str() as name)] if name.isidentifier():
            walker.read(Ref(path.attribute(name)), node.lineno)
        case _:
            pass
    return None


def _type(_walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Ref(AccessPath(root, steps))] if steps == (INSTANCE,):
            return Ref(AccessPath(root))
        case _:
            return None


def _import_module(walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Literal(str() as name)] if walker.followed(name):
            walker.import_use(name, None, node.lineno)
            return Ref(AccessPath(name))
        case [Literal(str() as name), *_] if name.startswith("."):
            absolute = walker.absolute(len(name) - len(name.lstrip(".")), name.lstrip("."))
            if absolute is not None and walker.followed(absolute):
                walker.import_use(absolute, None, node.lineno)
                return Ref(AccessPath(absolute))
            return None
        case _:
            return None


def _dunder_import(walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Literal(str() as name), *rest] if walker.followed(name):
            walker.import_use(name, None, node.lineno)
            whole = len(rest) > 2 or "fromlist" in arguments.keywords  # noqa: PLR2004 - its fourth parameter
            return Ref(AccessPath(name if whole else name.partition(".")[0]))
        case _:
            return None


def _find_spec(walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Literal(str() as name), *_] if walker.followed(name):
            # The spec is an object where there is one and None where not.
            return Either(Present(AccessPath(name)), TRUE, Literal(None))
        case _:
            return None


def _cast(walker: "FileWalker", node: ast.Call, _arguments: Arguments) -> Value:
    return walker.typed(node.args[0]) if node.args else None


def _environment(_walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    variable = arguments.text(0, "key") or "an environment variable"
    has_default = len(arguments.positional) > 1 or "default" in arguments.keywords
    return choice(Setting(variable), OPAQUE, arguments.at(1, "default") if has_default else Literal(None))


def _transparent(_walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    return arguments.positional[0] if len(arguments.positional) == 1 else None


def _map(_walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    match node.args, arguments.positional:
        case [ast.Name(id="int" | "str"), _], [_, Invoke() | Member() | Item() as values]:
            return values
        case _:
            return None


def _iterable(_walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [Ref() | Elements() | Items() | Invoke() | Member() | Item() as value, *_]:
            return value
        case _:
            return None


def _next(walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    return walker.element(arguments.positional[0]) if arguments.positional else None


def _bool(_walker: "FileWalker", _node: ast.Call, arguments: Arguments) -> Value:
    match arguments.positional:
        case [value] if value is not None and not isinstance(value, str):
            return negated(negated(value))
        case _:
            return FALSE if not arguments.positional else None


def _wrapping(_walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    return arguments.invoke(Ref(AccessPath(f"builtins.{function_name(node.func)}")))


def _mock(walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    mock_patch(walker, function_name(node.func), node, arguments)
    return None


def _wrap(walker: "FileWalker", node: ast.Call, arguments: Arguments) -> Value:
    wrap_patch(walker, node, arguments)
    return None


_Special = Callable[["FileWalker", ast.Call, Arguments], Value]

_SPECIAL: dict[str, _Special] = {
    "builtins.hasattr": _hasattr,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.delattr": _delattr,
    "aenum.extend_enum": _setattr,
    "builtins.type": _type,
    "builtins.__import__": _dunder_import,
    "builtins.bool": _bool,
    "builtins.int": _transparent,
    "builtins.str": _transparent,
    "builtins.tuple": _iterable,
    "builtins.list": _iterable,
    "builtins.set": _iterable,
    "builtins.frozenset": _iterable,
    "builtins.iter": _iterable,
    "builtins.sorted": _iterable,
    "builtins.reversed": _iterable,
    "builtins.map": _map,
    "builtins.next": _next,
    "builtins.any": _wrapping,
    "builtins.all": _wrapping,
    "builtins.staticmethod": _wrapping,
    "builtins.classmethod": _wrapping,
    "builtins.property": _wrapping,
    "importlib.import_module": _import_module,
    "importlib.util.find_spec": _find_spec,
    "pkgutil.find_loader": _find_spec,
    "typing.cast": _cast,
    "typing_extensions.cast": _cast,
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "unittest.mock.patch": _mock,
    "unittest.mock.patch.object": _mock,
    "unittest.mock.patch.multiple": _mock,
    "mock.patch": _mock,
    "mock.patch.object": _mock,
    "wrapt.wrap_function_wrapper": _wrap,
    "wrapt.patch_function_wrapper": _wrap,
}

BUILTINS: dict[str, Ref] = {
    name.removeprefix("builtins."): Ref(AccessPath(name)) for name in _SPECIAL if name.startswith("builtins.")
}
"""Names that no file binds and that matter here."""
