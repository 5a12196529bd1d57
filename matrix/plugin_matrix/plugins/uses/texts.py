"""Strings that vLLM or the plugin resolves later: `register_model("A", "acme.model:Model")`."""

import ast
import itertools
import re
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses.expressions import Literal, Ref
from plugin_matrix.plugins.uses.file_record import RawText
from plugin_matrix.plugins.uses.hooks import PURPOSE, importing

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.calls import Arguments
    from plugin_matrix.plugins.uses.walking import FileWalker

_DOTTED = re.compile(
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)?|[A-Za-z_]\w*:[A-Za-z_]\w*"
)

_CALLEES = {
    "register_model": "model",
    "resolve_obj_by_qualname": "resolve",
    "import_from_string": "resolve",
    "import_string": "resolve",
    "load_class": "resolve",
    "resolve_name": "resolve",
    "register_backend": "attention",
    "register_connector": "resolve",
    "register_lazy_module": "resolve",
    "register_tokenizer": "resolve",
    "register_lazy": "resolve",
    "register_offloading_spec": "resolve",
    "register_post_import_hook": PURPOSE,
}
"""Functions whose string arguments are qualnames, and what these are for."""

_MODULE_THEN_NAME = frozenset(
    {"register_connector", "register_lazy_module", "register_tokenizer", "register_offloading_spec"}
)
"""Functions that take a module and then the name in it (`KVConnectorFactory.register_connector`)."""

_ATTENTION = re.compile(r"attn|attention")
_WORKER = re.compile(
    r"^get_\w*(cls|class|wrapper|backend|qualname)$|^get_punica_wrapper$|_cls$|^(get_)?compile_backend$"
)


def dotted_path(text: str) -> AccessPath | None:
    """Return `pkg.mod:C` or `pkg.mod.C` as a path; None where `text` is no such thing."""
    return AccessPath(text.replace(":", ".")) if _DOTTED.fullmatch(text) else None


def purpose_of_returned(function: str) -> str:
    """Return what strings that a function of this name returns are for, empty for nothing."""
    if not _WORKER.search(function):
        return ""
    return "attention" if _ATTENTION.search(function) else "worker"


def purpose_of_assigned(name: str) -> str:
    """Return what a string assigned to this name is for, empty for nothing."""
    if not name.endswith(("_cls", "_cls_name", "_qualname")):
        return ""
    return "attention" if _ATTENTION.search(name) else "worker"


def call_texts(walker: "FileWalker", node: ast.Call, arguments: "Arguments") -> None:
    """Note the qualnames among the arguments of a call."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            purpose = _CALLEES.get(name, "")
        case _:
            return
    if (
        not purpose
        and "patch" in name
        and name not in {"patch", "patch_function_wrapper", "wrap_function_wrapper"}
    ):
        purpose = "patch"
    if not purpose:
        return
    texts = [
        value.value
        for value in (*arguments.positional, *arguments.keywords.values())
        if isinstance(value, Literal) and isinstance(value.value, str)
    ]
    if name in _MODULE_THEN_NAME:
        for module, member in itertools.pairwise(texts):
            if "." in module and dotted_path(module) is not None and member.isidentifier():
                walker.text_use(f"{module}.{member}", purpose, node.lineno)
                return
    for text in texts:
        walker.text_use(text, purpose, node.lineno)
    with importing(walker, texts if purpose == PURPOSE else []):
        for value in (*arguments.positional, *arguments.keywords.values()):
            if isinstance(value, Ref) and not value.path.steps and walker.own(value.path.root):
                walker.note(RawText, node.lineno, value.path.root, value.path, purpose)
