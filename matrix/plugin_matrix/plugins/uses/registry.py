"""vLLM's registry of models: what plugins ask of it, and what they give it."""

from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import CALL, AccessPath
from plugin_matrix.plugins.uses.expressions import Literal, Ref
from plugin_matrix.plugins.uses.file_record import RawRegistration
from plugin_matrix.plugins.uses.texts import dotted_path

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.calls import Arguments
    from plugin_matrix.plugins.uses.walking import FileWalker

_REGISTRY = "ModelRegistry"
_REGISTER = "register_model"


def lists_architectures(path: AccessPath) -> bool:
    """Whether `path` is `vllm.ModelRegistry.get_supported_archs()`, or the registry's own mapping."""
    match path.steps:
        case (step,) if step == CALL:
            return _of_registry(path.root, "get_supported_archs")
        case ():
            return _of_registry(path.root, "models")
        case _:
            return False


def registers_model(path: AccessPath) -> bool:
    """Whether `path` is the function that gives vLLM's registry a model."""
    return not path.steps and _of_registry(path.root, _REGISTER)


def _of_registry(root: str, name: str) -> bool:
    return root.startswith("vllm.") and root.endswith(f".{_REGISTRY}.{name}")


def note_registration(walker: "FileWalker", path: AccessPath, line: int, arguments: "Arguments") -> None:
    """Note a call of something called `register_model` with a model that can be told."""
    if not path.root.endswith(f".{_REGISTER}") or path.steps:
        return
    model: AccessPath | None
    match arguments.at(1, "model_cls"):
        case Ref(model) if not model.steps:
            text = ""
        case Literal(str() as text):
            model = dotted_path(text)
        case _:
            return
    architecture = arguments.text(0, "model_arch") or ""
    walker.note(RawRegistration, line, path, architecture, model, text)
