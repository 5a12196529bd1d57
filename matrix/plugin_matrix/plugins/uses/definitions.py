"""Functions, lambdas and classes: what their statements run at once, and what is put off until a call."""

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Kind, Parameter, Shape, Signature
from plugin_matrix.plugins.uses.annotations import signature_text
from plugin_matrix.plugins.uses.expressions import (
    OPAQUE,
    Argument,
    Comparison,
    Expression,
    Function,
    Invoke,
    Literal,
    Ref,
    Told,
    leaves,
)
from plugin_matrix.plugins.uses.file_record import FunctionBody, RawClass, RawMethod
from plugin_matrix.plugins.uses.hooks import note_waiting
from plugin_matrix.plugins.uses.records import Place, Unit, UnitKind
from plugin_matrix.plugins.uses.scopes import ClassDraft, Frame, Value
from plugin_matrix.plugins.uses.texts import purpose_of_returned

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_PROPERTIES = frozenset({"property", "cached_property", "cached_class_property", "abstractproperty"})
_TRANSPARENT = _PROPERTIES | frozenset(
    {"staticmethod", "classmethod", "abstractmethod", "cache", "lru_cache", "override", "final", "wraps"}
    | {"no_grad", "inference_mode", "torch_compile_disable", "deprecated", "typing_override"}
)
"""Decorators after which a call still runs the body and gives what it returns."""
_DATACLASS_LIKE = frozenset({"dataclass", "config"})
_HARMLESS_ON_CLASSES = _DATACLASS_LIKE | frozenset(
    {"final", "total_ordering", "runtime_checkable", "support_torch_compile", "unique", "deprecated"}
)
_OF_RELEASES = re.compile(r"^(?!.*(torch|python|cuda|transformers|numpy|triton)).*version", re.IGNORECASE)
_MAX_RETURNS = 8


def decorator_name(node: ast.expr) -> str:
    """Return the last component of a decorator's name."""
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "?"


def signature_of(walker: "FileWalker", arguments: ast.arguments) -> Signature:
    """Return the parameters of a function."""
    parameters: list[Parameter] = []
    positional = [*arguments.posonlyargs, *arguments.args]
    without_default = len(positional) - len(arguments.defaults)
    for position, argument in enumerate(positional):
        kind = Kind.POSITIONAL_ONLY if position < len(arguments.posonlyargs) else Kind.POSITIONAL_OR_KEYWORD
        annotation = signature_text(walker, argument.annotation)
        parameters.append(Parameter(argument.arg, kind, position >= without_default, annotation))
    if arguments.vararg:
        annotation = signature_text(walker, arguments.vararg.annotation)
        parameters.append(Parameter(arguments.vararg.arg, Kind.VAR_POSITIONAL, annotation=annotation))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        annotation = signature_text(walker, argument.annotation)
        parameters.append(Parameter(argument.arg, Kind.KEYWORD_ONLY, default is not None, annotation))
    if arguments.kwarg:
        annotation = signature_text(walker, arguments.kwarg.annotation)
        parameters.append(Parameter(arguments.kwarg.arg, Kind.VAR_KEYWORD, annotation=annotation))
    return Signature(tuple(parameters))


def define_function(walker: "FileWalker", node: FunctionNode) -> tuple[Expression, ...]:
    """Run a `def` statement: decorators, defaults and annotations now, the body after the enclosing one."""
    _decorate(walker, node.decorator_list)
    defaults = _defaults(walker, node.args)
    if not walker.future_annotations:
        _annotations_run(walker, node)
    frame = walker.frame
    qualname = walker.unique(frame.qualname + node.name)
    unit_id = f"{walker.module}:{qualname}"
    path = f"{walker.module}.{qualname}"
    signature = signature_of(walker, node.args)
    draft = frame.draft if frame.kind == "class" else None
    walker.units.append(
        Unit(
            unit_id,
            UnitKind.FUNCTION,
            Place(walker.file, node.lineno),
            signature,
            draft.id if draft else None,
        )
    )
    decorators = tuple(decorator_name(decorator) for decorator in node.decorator_list)
    if draft is not None:
        if not any(decorator in {"setter", "deleter", "overload"} for decorator in decorators):
            walker.methods[draft.path][node.name] = RawMethod(
                node.name, unit_id, signature, decorators, node.lineno
            )
        draft.methods.add(node.name)
        draft.attributes.pop(node.name, None)
    if "overload" not in decorators and not (draft is not None and {"setter", "deleter"} & set(decorators)):
        walker.bind(node.name, Ref(AccessPath(path)), store=draft is None)
    note_waiting(walker, node.decorator_list, AccessPath(path))
    binding = _binding(node.name, decorators) if draft is not None else "function"
    inner = Frame(
        "function", unit_id, f"{qualname}.<locals>.", frame.parent if frame.kind == "class" else frame
    )
    guard = walker.guard
    for test in _release_tests(walker, node.decorator_list):
        walker.push(test)
    walker.put_off(lambda: _run_function(walker, node, inner, draft, binding, defaults, decorators))
    walker.guard = guard
    return ()


def _release_tests(walker: "FileWalker", decorators: list[ast.expr]) -> Iterator[Expression]:
    """Yield what decorators such as `@version_range(">=0.9,<0.11")` say of when a function is used.

    What the decorator does is seldom plain from its source; a specifier set for a version is.
    """
    for decorator in decorators:
        match decorator:
            case ast.Call(args=[argument], keywords=[]) if _OF_RELEASES.search(decorator_name(decorator)):
                text = argument.value if isinstance(argument, ast.Constant) else None
                value = Literal(text) if isinstance(text, str) else walker.peek(argument)
                if isinstance(value, Literal | Ref):
                    specifiers = Invoke(Ref(AccessPath("packaging.specifiers.SpecifierSet")), (value,))
                    yield Told(Comparison("in", Ref(AccessPath("vllm.__version__")), specifiers))
            case _:
                pass


def _run_function(
    walker: "FileWalker",
    node: FunctionNode,
    frame: Frame,
    draft: ClassDraft | None,
    binding: str,
    defaults: dict[str, Expression],
    decorators: tuple[str, ...],
) -> None:
    entry = walker.guard
    frame.draft = draft or (frame.parent.draft if frame.parent and frame.parent.kind == "function" else None)
    frame.purpose = walker.entry_purpose(frame.unit)
    if draft is not None and not frame.purpose:
        frame.purpose = purpose_of_returned(node.name)
    walker.frame = frame
    _bind_parameters(walker, node.args, draft, binding)
    walker.block(node.body)
    walker.functions.append(
        FunctionBody(
            unit=frame.unit,
            positional=tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args)),
            rest=node.args.vararg.arg if node.args.vararg else "",
            defaults=defaults,
            annotation=_kept(walker.typed(node.returns)) if node.returns is not None else None,
            returns=tuple(frame.returns) if len(frame.returns) <= _MAX_RETURNS else (),
            plain=not frame.generator and all(name in _TRANSPARENT for name in decorators),
            is_property=any(name in _PROPERTIES for name in decorators),
            binding=binding,
            entry=entry,
        )
    )


def _bind_parameters(
    walker: "FileWalker", arguments: ast.arguments, draft: ClassDraft | None, binding: str
) -> None:
    env = walker.frame.env
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        value = walker.typed(argument.annotation) if argument.annotation is not None else None
        if value is None and argument.arg not in walker.shared:
            value = Argument(argument.arg)
        env[argument.arg] = value
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            env[rest.arg] = Argument(rest.arg)
    positional = [*arguments.posonlyargs, *arguments.args]
    if draft is not None and positional:
        if binding == "method":
            env[positional[0].arg] = draft.instance
        elif binding == "classmethod":
            env[positional[0].arg] = draft.itself


def _binding(name: str, decorators: tuple[str, ...]) -> str:
    if "staticmethod" in decorators:
        return "staticmethod"
    if "classmethod" in decorators or name in {"__init_subclass__", "__class_getitem__", "__new__"}:
        return "classmethod"
    if "validator" in decorators or "field_validator" in decorators:
        return "classmethod"
    return "method"


def _decorate(walker: "FileWalker", decorators: list[ast.expr]) -> None:
    for decorator in decorators:
        if isinstance(decorator, ast.Call):
            walker.visit(decorator)
            continue
        value = walker.callee(decorator)
        if value is None or isinstance(value, str):
            continue
        for tests, leaf in leaves(value):
            if isinstance(leaf, Ref) and walker.followed(leaf.path.root):
                guard = walker.guard
                for test in tests:
                    walker.push(test)
                walker.call_use(leaf.path, Shape(1), decorator.lineno)
                walker.guard = guard


def _defaults(walker: "FileWalker", arguments: ast.arguments) -> dict[str, Expression]:
    found: dict[str, Expression] = {}
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if default is not None:
            value = walker.visit(default)
            if isinstance(value, Literal):
                found[argument.arg] = value
    return found


def _annotations_run(walker: "FileWalker", node: FunctionNode) -> None:
    """Visit the annotations, which Python evaluates where the module does not postpone them."""
    arguments = node.args
    for argument in (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ):
        if argument is not None and argument.annotation is not None:
            visit_annotation(walker, argument.annotation)
    if node.returns is not None:
        visit_annotation(walker, node.returns)


def visit_annotation(walker: "FileWalker", node: ast.expr) -> None:
    """Visit an annotation that is evaluated; plain names and strings in it use nothing."""
    if not isinstance(node, ast.Name | ast.Constant):
        purpose, walker.frame.purpose = walker.frame.purpose, ""
        walker.visit(node)
        walker.frame.purpose = purpose


def visit_lambda(walker: "FileWalker", node: ast.Lambda) -> Value:
    """Note a lambda; its body is run by a call."""
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None:
            walker.visit(default)
    frame = walker.frame
    qualname = walker.unique(f"{frame.qualname}<lambda>")
    unit_id = f"{walker.module}:{qualname}"
    place = Place(walker.file, node.lineno)
    walker.units.append(Unit(unit_id, UnitKind.FUNCTION, place, signature_of(walker, node.args)))
    inner = Frame(
        "function", unit_id, f"{qualname}.<locals>.", frame.parent if frame.kind == "class" else frame
    )
    inner.draft = frame.draft if frame.kind == "function" else None

    def run() -> None:
        walker.frame = inner
        _bind_parameters(walker, node.args, None, "function")
        walker.visit(node.body)

    walker.put_off(run)
    return Function(unit_id)


def define_class(walker: "FileWalker", node: ast.ClassDef) -> tuple[Expression, ...]:
    """Run a class statement: its body belongs to the unit around it."""
    _decorate(walker, node.decorator_list)
    bases = tuple(_kept(walker.base(base)) for base in node.bases)
    for keyword in node.keywords:
        walker.visit(keyword.value)
    outer = walker.frame
    qualname = walker.unique(outer.qualname + node.name)
    draft = ClassDraft(f"{walker.module}.{qualname}", f"{walker.module}:{qualname}")
    frame = Frame("class", outer.unit, f"{qualname}.", outer.parent if outer.kind == "class" else outer)
    frame.draft = draft
    walker.methods[draft.path] = {}
    walker.drafts[draft.path] = draft
    fields = _fields(node.body)
    decorators = tuple(decorator_name(decorator) for decorator in node.decorator_list)
    guard = walker.guard
    walker.frame = frame
    walker.block(node.body)
    walker.frame = outer
    walker.guard = guard
    walker.bind(node.name, draft.itself)
    dataclass_like = any(name in _DATACLASS_LIKE for name in decorators)
    walker.finish_later(
        lambda: RawClass(
            path=draft.path,
            id=draft.id,
            line=node.lineno,
            unit=outer.unit,
            guard=guard,
            bases=bases,
            methods=tuple(walker.methods[draft.path].values()),
            attributes=tuple(draft.attributes),
            values={
                name: value
                for name, value in draft.attributes.items()
                if value != OPAQUE and not isinstance(value, Literal)
            },
            fields=fields,
            dataclass=dataclass_like,
            kw_only=_keyword_true(node.decorator_list, "kw_only"),
            dynamic=draft.dynamic
            or "__getattr__" in draft.methods
            or "__getattribute__" in draft.methods
            or any(
                keyword.arg == "metaclass" and decorator_name(keyword.value) != "ABCMeta"
                for keyword in node.keywords
            )
            or any(
                name not in _HARMLESS_ON_CLASSES and not name.startswith("register") for name in decorators
            ),
            decorators=decorators,
        )
    )
    return ()


def _fields(body: list[ast.stmt]) -> tuple[tuple[str, bool], ...]:
    found: dict[str, bool] = {}
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
                if decorator_name(outer) != "ClassVar":
                    found[name] = value is not None
            case _:
                pass
    return tuple(found.items())


def _keyword_true(decorators: list[ast.expr], name: str) -> bool:
    return any(
        keyword.arg == name and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for decorator in decorators
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def _kept(value: Value) -> Expression | None:
    return None if isinstance(value, str) else value
