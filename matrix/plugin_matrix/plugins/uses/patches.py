"""Monkey patches: attributes of vLLM that a plugin replaces, however it writes that."""

import ast
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import INSTANCE, AccessPath
from plugin_matrix.plugins.uses.expressions import Either, Expression, Ref, negated
from plugin_matrix.plugins.uses.file_record import RawPatch
from plugin_matrix.plugins.uses.scopes import Value
from plugin_matrix.plugins.uses.texts import dotted_path

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.calls import Arguments
    from plugin_matrix.plugins.uses.walking import FileWalker


def attribute_patch(walker: "FileWalker", base: Value, name: str, value: Value, line: int) -> None:
    """Note that `base.name` is set to `value`."""
    match base:
        case Ref(AccessPath(root, steps)) if walker.followed(root):
            draft = walker.frame.draft
            if steps in {(INSTANCE,), ()} and draft is not None and draft.path == root:
                draft.bind(name, value)
                return
            patch(walker, AccessPath(root, steps).attribute(name), value, line)
        case Either(test, then, other):
            guard = walker.guard
            walker.push(test)
            attribute_patch(walker, then, name, value, line)
            walker.guard = guard
            walker.push(negated(test))
            attribute_patch(walker, other, name, value, line)
            walker.guard = guard
        case _:
            walker.stored.add(name)


def patch(walker: "FileWalker", path: AccessPath, value: Value, line: int, *, optional: bool = False) -> None:
    """Note that what `path` leads to is replaced by `value`."""
    kept: Expression | None = None if isinstance(value, str) else value
    walker.note(RawPatch, line, path, kept, optional)


def mock_patch(walker: "FileWalker", name: str, node: ast.Call, arguments: "Arguments") -> None:
    """Note `mock.patch("a.b")` and `patch.object(a, "b")`."""
    create = any(
        keyword.arg == "create" and isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)
        for keyword in node.keywords
    )
    if name == "patch":
        text = arguments.text(0, "target")
        if text is not None and (path := dotted_path(text)) is not None and walker.followed(path.root):
            patch(walker, path, arguments.at(1, "new"), node.lineno, optional=create)
    elif name == "object":
        attribute = arguments.text(1, "attribute")
        target = arguments.at(0, "target")
        if attribute is not None and isinstance(target, Ref) and walker.followed(target.path.root):
            new = arguments.at(2, "new")
            patch(walker, target.path.attribute(attribute), new, node.lineno, optional=create)


def wrap_patch(walker: "FileWalker", node: ast.Call, arguments: "Arguments") -> None:
    """Note `wrapt.wrap_function_wrapper("a.b", "C.method", wrapper)`; the wrapper takes any arguments."""
    match arguments.positional:
        case [module, second, *_] if (name := arguments.text(1, "name")) is not None:
            del second
            text = arguments.text(0, "target")
            base = dotted_path(text) if text is not None else module.path if isinstance(module, Ref) else None
            if base is not None and walker.followed(base.root) and not base.steps:
                if text is not None:
                    walker.import_use(base.root, None, node.lineno)
                patch(walker, AccessPath(f"{base.root}.{name}"), None, node.lineno)
        case _:
            pass
