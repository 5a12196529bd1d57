"""Functions and methods as records: the signature, and what decorators and the body say of it."""

import ast

from plugin_matrix.model.signature import Kind, Parameter, Signature
from plugin_matrix.surface.reading_text import annotation, callee
from plugin_matrix.surface.records import FunctionRecord, Mark

Function = ast.FunctionDef | ast.AsyncFunctionDef

_MARKS = {
    "property": Mark.PROPERTY,
    "cached_property": Mark.PROPERTY,
    "lazy_property": Mark.PROPERTY,
    "computed_field": Mark.PROPERTY,
    "abstractproperty": Mark.PROPERTY | Mark.ABSTRACT,
    "classproperty": Mark.PROPERTY | Mark.CLASSMETHOD,
    "abstractmethod": Mark.ABSTRACT,
    "abstractclassmethod": Mark.ABSTRACT | Mark.CLASSMETHOD,
    "abstractstaticmethod": Mark.ABSTRACT | Mark.STATICMETHOD,
    "classmethod": Mark.CLASSMETHOD,
    "staticmethod": Mark.STATICMETHOD,
    "overload": Mark.OVERLOAD,
    "deprecated": Mark.DEPRECATED,
}
_KEEP_SIGNATURE = frozenset(
    {
        "_async_retry",
        "_lmcache_nvtx_annotate",
        "_sync_retry",
        "allow_in_graph",
        "assume_constant_result",
        "cache",
        "compile",
        "convertStrBytes",
        "custom_op",
        "delete",
        "deprecate_args",
        "deprecate_kwargs",
        "disable",
        "dynamo_timed",
        "eager_break_during_capture",
        "enable_fake_mode",
        "enable_grad",
        "exception_handler",
        "field_serializer",
        "field_validator",
        "final",
        "get",
        "if_aiter_supported",
        "ignore",
        "inference_mode",
        "input_guard",
        "instrument",
        "load_aware_call",
        "lru_cache",
        "maybe_transfer_kv_layer",
        "model_serializer",
        "model_validator",
        "no_grad",
        "no_type_check",
        "nvtx_range",
        "on_event",
        "override",
        "patch",
        "post",
        "put",
        "record_function",
        "register",
        "register_fake",
        "register_module",
        "retry",
        "root_validator",
        "run_once",
        "runtime_checkable",
        "step_eplb_after",
        "throwOnVersionMismatch",
        "time_and_log",
        "traced",
        "validator",
        "with_amdsmi_context",
        "with_cancellation",
        "with_nvml_context",
    }
)
"""Last names of decorators that leave the arguments a function takes as they are."""
_GIVE_CONTEXT = frozenset({"contextmanager", "asynccontextmanager"})
_ACCESSORS = frozenset({"setter", "deleter", "getter"})


def is_accessor(node: Function) -> bool:
    """Tell the setter or deleter of a property, which is no definition of its own."""
    return any(isinstance(d, ast.Attribute) and d.attr in _ACCESSORS for d in node.decorator_list)


def signature(arguments: ast.arguments) -> Signature:
    """Return the signature of a function definition or a lambda."""
    parameters = []
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    for index, argument in enumerate(positional):
        kind = Kind.POSITIONAL_ONLY if index < len(arguments.posonlyargs) else Kind.POSITIONAL_OR_KEYWORD
        parameters.append(_parameter(argument, kind, has_default=index >= required))
    if arguments.vararg:
        parameters.append(_parameter(arguments.vararg, Kind.VAR_POSITIONAL))
    parameters += [
        _parameter(argument, Kind.KEYWORD_ONLY, has_default=default is not None)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        parameters.append(_parameter(arguments.kwarg, Kind.VAR_KEYWORD))
    return Signature(tuple(parameters))


def _parameter(argument: ast.arg, kind: Kind, *, has_default: bool = False) -> Parameter:
    return Parameter(argument.arg, kind, has_default, annotation(argument.annotation))


def function_record(node: Function, marks: Mark) -> FunctionRecord:
    """Return the record of a function statement; `marks` come from where it stands."""
    returns = annotation(node.returns)
    if isinstance(node, ast.AsyncFunctionDef):
        marks |= Mark.ASYNC
    for decorator in node.decorator_list:
        last = callee(decorator).rpartition(".")[2]
        if last in _MARKS:
            marks |= _MARKS[last]
        elif last in _GIVE_CONTEXT:
            returns = ""
        elif last not in _KEEP_SIGNATURE:
            marks |= Mark.OPAQUE
    return FunctionRecord(signature(node.args), returns, marks | _said_by_body(node.body))


def _said_by_body(body: list[ast.stmt]) -> Mark:
    first = body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        body = body[1:]
    if len(body) == 1 and isinstance(body[0], ast.Raise):
        raised = body[0].exc
        if raised is not None and callee(raised) == "NotImplementedError":
            return Mark.NOT_IMPLEMENTED
    if any(_warns_of_deprecation(statement) for statement in body[:3]):
        return Mark.DEPRECATED
    return Mark(0)


def _warns_of_deprecation(statement: ast.stmt) -> bool:
    """Tell `warnings.warn(..., DeprecationWarning)` and `logger.warning("... deprecated ...")`."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="warn"), args=args, keywords=keywords)):
            given = [*args, *(keyword.value for keyword in keywords)]
            return any(callee(value) in {"DeprecationWarning", "FutureWarning"} for value in given)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="warning" | "warning_once"), args=[text, *_])):
            return isinstance(text, ast.Constant) and "is deprecated" in str(text.value)
        case _:
            return False
