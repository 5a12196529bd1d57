"""One source file of vLLM read into records; nothing in it is resolved and nothing is run."""

import ast
import warnings

import msgspec

from plugin_matrix.surface.reading_bodies import Paths, alternatives, attributes, engine_calls, scan
from plugin_matrix.surface.reading_branches import Bindings
from plugin_matrix.surface.reading_constants import Constants
from plugin_matrix.surface.reading_functions import Function
from plugin_matrix.surface.reading_lazy import lazy_names
from plugin_matrix.surface.reading_scope import Module, Scope
from plugin_matrix.surface.records import (
    AllNames,
    AttributeRecord,
    EngineCall,
    FileSurface,
    ImportedName,
    LazyNames,
    Mark,
)

_STATIC = frozenset({"staticmethod", "abstractstaticmethod"})
_CLASS = frozenset({"classmethod", "abstractclassmethod", "classproperty"})


def read_source(source: bytes, module: str, *, is_package: bool) -> FileSurface:
    """Read the file of `module`; what does not parse says so in `problem`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        return _read(tree, source, Module(module, is_package, [], []))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        return FileSurface({}, (), f"{type(error).__name__}: {reason}")


def _read(tree: ast.Module, source: bytes, module: Module) -> FileSurface:
    symbols = Scope(module).block(tree.body, Mark(0))
    for name, records in list(symbols.items()):
        # A class statement inside a function is no name of the module; nor is what only a loop leaves over.
        if not records:
            del symbols[name]
    _lazy(tree, symbols, module)
    if b"globals()" in source or b"sys.modules[__name__]" in source or b"vars()" in source:
        _computed_names(tree, symbols)
    calls = _bodies(symbols, module)
    return FileSurface({name: tuple(records) for name, records in symbols.items()}, tuple(calls))


def _lazy(tree: ast.Module, symbols: Bindings, module: Module) -> None:
    constants: Constants | None = None
    if "__all__" in symbols:
        constants = Constants(tree.body)
        names, complete = constants.names() or ((), False)
        symbols["__all__"] = [AllNames(names, complete)]
    for node, qualname, _ in module.functions:
        if qualname == "__getattr__":
            constants = constants or Constants(tree.body)
            symbols["__getattr__"] = [lazy_names(node, constants, module.name, module.absolute)]


def _computed_names(tree: ast.Module, symbols: Bindings) -> None:
    """Note where a module gives itself names that are not written there."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if _gives_names(node):
            symbols["__getattr__"] = [*symbols.get("__getattr__", ()), LazyNames((), complete=False)]
            return
        pending.extend(ast.iter_child_nodes(node))


def _gives_names(node: ast.AST) -> bool:
    match node:
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Call(func=ast.Name(id="globals" | "vars" | "locals")))]
        ):
            return True
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Attribute(attr="modules"), slice=ast.Name(id="__name__"))]
        ):
            return True
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="globals" | "vars" | "locals")), attr="update")
        ):
            return True
        case ast.Call(
            func=ast.Name(id="setattr"), args=[ast.Subscript(value=ast.Attribute(attr="modules")), *_]
        ):
            return True
        case _:
            return False


def _bodies(symbols: Bindings, module: Module) -> list[EngineCall]:
    skipped = frozenset(
        name
        for name, records in symbols.items()
        if any(
            isinstance(r, ImportedName) and (not r.name or not r.module.startswith("vllm")) for r in records
        )
    )
    module_names = frozenset(name for name in symbols if "." not in name)
    calls: list[EngineCall] = []
    given: dict[str, list[AttributeRecord]] = {}
    for node, qualname, owner in module.functions:
        own_name, class_name = _receivers(node, owner)
        found = scan(node.body, own_name, class_name)
        paths = Paths(node, found, own_name=own_name, owner=owner)
        calls += engine_calls(paths, qualname, own_name or class_name, skipped, module_names)
        if not owner:
            continue
        for marks, assigned in ((Mark.INSTANCE, found.own), (Mark(0), found.of_class)):
            for name, records in attributes(paths, assigned, marks).items():
                given.setdefault(f"{owner}.{name}", []).extend(
                    _without_foreign(record, skipped) for record in records
                )
        if found.computed:
            given.setdefault(f"{owner}.__getattr__", []).append(AttributeRecord("", "", Mark.INSTANCE))
    for name, records in given.items():
        in_class = symbols.get(name, [])
        if any(not isinstance(record, AttributeRecord) or record.annotation for record in in_class):
            continue
        symbols[name] = [*in_class, *alternatives(records)]
    return sorted(calls, key=lambda call: (call.line, call.method, call.receiver))


def _receivers(node: Function, owner: str) -> tuple[str, str]:
    """Return what a method calls its instance and its class; empty where it has none."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    if not owner or not arguments:
        return "", ""
    decorators = {getattr(d, "id", getattr(d, "attr", "")) for d in node.decorator_list}
    if decorators & _STATIC:
        return "", ""
    first = arguments[0].arg
    if decorators & _CLASS or node.name in {"__new__", "__init_subclass__", "__class_getitem__"}:
        return "", first
    return first, ""


def _without_foreign(record: AttributeRecord, foreign: frozenset[str]) -> AttributeRecord:
    """Drop a value that comes from outside vLLM: no more can be known of it."""
    root = record.value.partition(".")[0].partition("(")[0]
    if root in foreign and record.value:
        return msgspec.structs.replace(record, value="")
    return record
