"""Functions that wait for a module of vLLM to be imported (`wrapt`'s hooks)."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses.expressions import Opaque, Present
from plugin_matrix.plugins.uses.file_record import RawText

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

PURPOSE = "hook"
_WAITING = "when_imported"


def note_waiting(walker: "FileWalker", decorators: list[ast.expr], path: AccessPath) -> None:
    """Note that the function at `path` runs once a module is imported: `@when_imported("vllm")`."""
    for decorator in decorators:
        match decorator:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str() as module)]
            ) if name == _WAITING:
                walker.text_use(module, PURPOSE, decorator.lineno)
                with importing(walker, [module]):
                    walker.note(RawText, decorator.lineno, path.root, path, PURPOSE)
            case _:
                pass


@contextmanager
def importing(walker: "FileWalker", modules: list[str]) -> Iterator[None]:
    """Note what comes under the condition that `modules` are imported: those of vLLM where they are there."""
    guard = walker.guard
    for module in modules:
        if not walker.followed(module):
            walker.push(Opaque(f"import {module}"))  # which may never happen
        elif not walker.own(module):
            walker.push(Present(AccessPath(module)))
    yield
    walker.guard = guard
