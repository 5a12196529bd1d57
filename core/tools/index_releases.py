"""Reads unpacked sources of vLLM releases and writes what the core knows about their modules and names.

    python core/tools/index_releases.py SOURCES

SOURCES holds one directory a release, each with the release's `vllm` package below it. Every release of
`interface_history.toml` must be there. Written are

- `modules.json`: module -> releases,
- `interface/names.json`: module -> public name -> releases, for the engine's modules and those in ALSO,
- `interface/members.json`: the same modules: class -> bases, methods, members and parameters,
- `interface/envs.json`: variable of `vllm.envs` -> default -> releases,
- `interface/shapes.json`: fields and signatures of SHAPES.

Ranges read `0.5.3-0.6.2 0.7.0-`, both ends included. Run it after adding a module to the engine.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

CORE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CORE))

import release_tree  # noqa: I001 (beside this directory)
from class_members import ReadClass, classes


ALSO = frozenset(
    [
        "vllm",
        "vllm.adapter_commons.request",
        "vllm.attention",
        "vllm.attention.backends.abstract",
        "vllm.attention.backends.registry",
        "vllm.attention.layer",
        "vllm.attention.selector",
        "vllm.compilation.decorators",
        "vllm.config",
        "vllm.core.scheduler",
        "vllm.distributed.device_communicators.base_device_communicator",
        "vllm.distributed.kv_transfer.kv_connector.factory",
        "vllm.distributed.kv_transfer.kv_connector.v1.base",
        "vllm.engine.async_llm_engine",
        "vllm.engine.llm_engine",
        "vllm.entrypoints.openai.chat_completion.protocol",
        "vllm.entrypoints.openai.protocol",
        "vllm.entrypoints.openai.tool_parsers",
        "vllm.envs",
        "vllm.executor.executor_base",
        "vllm.forward_context",
        "vllm.inputs",
        "vllm.logger",
        "vllm.lora.request",
        "vllm.lora.resolver",
        "vllm.model_executor",
        "vllm.model_executor.custom_op",
        "vllm.model_executor.layers.attention",
        "vllm.model_executor.layers.attention.attention",
        "vllm.model_executor.layers.logits_processor",
        "vllm.model_executor.layers.pooler",
        "vllm.model_executor.layers.quantization",
        "vllm.model_executor.layers.quantization.base_config",
        "vllm.model_executor.layers.rotary_embedding",
        "vllm.model_executor.layers.sampler",
        "vllm.model_executor.layers.vocab_parallel_embedding",
        "vllm.model_executor.model_loader",
        "vllm.model_executor.model_loader.loader",
        "vllm.model_executor.model_loader.utils",
        "vllm.model_executor.model_loader.weight_utils",
        "vllm.model_executor.models",
        "vllm.model_executor.models.adapters",
        "vllm.model_executor.models.interfaces",
        "vllm.model_executor.models.interfaces_base",
        "vllm.model_executor.models.registry",
        "vllm.model_executor.models.utils",
        "vllm.model_executor.sampling_metadata",
        "vllm.model_executor.utils",
        "vllm.multimodal",
        "vllm.multimodal.processing",
        "vllm.multimodal.profiling",
        "vllm.platforms",
        "vllm.platforms.interface",
        "vllm.plugins",
        "vllm.plugins.endpoint_plugins.interface",
        "vllm.plugins.io_processors",
        "vllm.plugins.io_processors.interface",
        "vllm.reasoning",
        "vllm.sequence",
        "vllm.tokenizers",
        "vllm.tool_parsers",
        "vllm.transformers_utils.config",
        "vllm.transformers_utils.tokenizer",
        "vllm.utils",
        "vllm.utils.argparse_utils",
        "vllm.utils.func_utils",
        "vllm.utils.import_utils",
        "vllm.utils.math_utils",
        "vllm.utils.network_utils",
        "vllm.utils.platform_utils",
        "vllm.utils.torch_utils",
        "vllm.v1.attention.backend",
        "vllm.v1.attention.backends.registry",
        "vllm.v1.attention.backends.utils",
        "vllm.v1.attention.selector",
        "vllm.v1.core.sched.output",
        "vllm.v1.core.sched.scheduler",
        "vllm.v1.executor.abstract",
        "vllm.v1.kv_cache_interface",
        "vllm.v1.metrics.loggers",
        "vllm.v1.outputs",
        "vllm.v1.sample.logits_processor",
        "vllm.v1.sample.metadata",
        "vllm.v1.worker.gpu.model_runner",
        "vllm.v1.worker.gpu.sample.logits_processor",
        "vllm.v1.worker.gpu_model_runner",
        "vllm.v1.worker.gpu_worker",
        "vllm.v1.worker.worker_base",
        "vllm.worker.worker_base",
    ]
)
"""Modules that plugins import from and that the engine may lack: their names are indexed all the same."""


def ranges(held: Iterable[str]) -> str:
    """Return the releases as text of ranges."""
    order = release_tree.releases()
    inside = set(held)
    parts: list[list[str]] = []
    for position, release in enumerate(order):
        if release not in inside:
            continue
        if parts and position and parts[-1][1] == order[position - 1]:
            parts[-1][1] = release
        else:
            parts.append([release, release])
    return " ".join(f"{first}-{'' if last == order[-1] else last}" for first, last in parts)


def public_names(source: str) -> Iterator[str]:
    """Yield the names a module binds at its top level, outside `if TYPE_CHECKING:`.

    Definitions, assignments and names imported from vLLM itself; other imports are no interface.
    """
    body = ast.parse(source).body
    yield from _bound(body)
    lazy = any(
        isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
        for node in ast.walk(ast.Module(body, []))
    )
    for node in body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            match node.value:
                case ast.List(elts=elements) if "__all__" in ast.unparse(node):
                    yield from _texts(elements)
                case ast.Dict(keys=keys) if lazy and _LAZY & set(
                    ast.unparse(node).partition("=")[0].split(":")[0].split()
                ):
                    yield from _texts(keys)


_LAZY = {"MODULE_ATTRS", "environment_variables", "_DEPRECATED_MAPPINGS"}
"""Dictionaries whose keys a module's `__getattr__` answers."""


def _texts(nodes: Iterable[ast.expr | None]) -> Iterator[str]:
    """Yield the strings among `nodes` that can be names."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def _bound(body: list[ast.stmt]) -> Iterator[str]:  # noqa: C901 - one case for each kind of statement
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign():
                for target in node.targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                yield name
            case ast.ImportFrom() if node.level or (node.module or "").split(".")[0] == "vllm":
                yield from (alias.asname or alias.name for alias in node.names if alias.name != "*")
            case ast.If():
                if "TYPE_CHECKING" not in ast.unparse(node.test):
                    yield from _bound(node.body)
                yield from _bound(node.orelse)
            case ast.Try():
                yield from _bound(node.body)
                for handler in node.handlers:
                    yield from _bound(handler.body)
                yield from _bound(node.orelse)
            case ast.With() | ast.For() | ast.While():
                yield from _bound(node.body)
            case _:
                pass


def env_defaults(source: str) -> dict[str, Any]:
    """Return the variables of `vllm.envs` with the defaults its type hints state, else None."""
    tree = ast.parse(source)
    known: set[str] = set()
    defaults: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict):
            known |= {
                k.value for k in node.value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)
            }
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            try:
                defaults[node.target.id] = ast.literal_eval(node.value)
            except ValueError:
                defaults[node.target.id] = None
    return {
        name: defaults.get(name)
        for name in known
        if name.isupper() and isinstance(defaults.get(name), (str, int, float, bool, list, type(None)))
    }


SHAPES = {
    "PlatformEnum": "vllm.platforms.interface",
    "CpuArchEnum": "vllm.platforms.interface",
    "_Backend": "vllm.attention.selector vllm.platforms.interface",
    "AttentionBackendEnum": "vllm.attention.backends.registry vllm.v1.attention.backends.registry",
    "MambaAttentionBackendEnum": "vllm.attention.backends.registry vllm.v1.attention.backends.registry",
    "AttentionSelectorConfig": "vllm.attention.selector vllm.v1.attention.selector",
    "get_attn_backend": "vllm.attention.selector vllm.v1.attention.selector",
    "register_backend": "vllm.attention.backends.registry vllm.v1.attention.backends.registry",
}
"""Enumerations, named tuples and functions whose fields or signature the engine needs, and their homes."""


def shape(source: str, name: str) -> Any:
    """Return a class's `[[field, annotation, value], ...]`, or a function's signature."""
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=found) if found == name:
                returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
                return f"({ast.unparse(node.args)}){returns}"
            case ast.ClassDef(name=found) if found == name:
                return [list(_field(field)) for field in node.body if _is_field(field)]
            case _:
                pass
    return None


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Assign, ast.AnnAssign))


def _field(node: ast.stmt) -> tuple[str, str, str | None]:
    if isinstance(node, ast.AnnAssign):
        value = None if node.value is None else ast.unparse(node.value)
        return ast.unparse(node.target), ast.unparse(node.annotation), value
    if not isinstance(node, ast.Assign):
        raise TypeError(node)
    return ast.unparse(node.targets[0]), "", ast.unparse(node.value)


def facts(read: ReadClass) -> Iterator[tuple[str, str]]:
    """Yield kind and name of what `members.json` says about a class."""
    for base in read.bases - {"object"}:
        yield "bases", base
    for method in read.methods:
        yield "methods", method
    for member in read.members - read.methods:
        yield "members", member
    for method, names in read.parameters.items():
        for name in names - {"self", "cls"}:
            yield "parameters", f"{method}.{name}"


Members = dict[str, dict[str, dict[tuple[str, str], set[str]]]]


def by_ranges(held: dict[tuple[str, str], set[str]]) -> dict[str, dict[str, str]]:
    """Return kind -> ranges -> names in one text."""
    found: dict[str, dict[str, list[str]]] = {}
    for (kind, name), releases in sorted(held.items()):
        found.setdefault(kind, {}).setdefault(ranges(releases), []).append(name)
    return {kind: {r: " ".join(names) for r, names in of.items()} for kind, of in found.items()}


def _can_be_imported_on_purpose(name: str) -> bool:
    return name in ("__version__", "__version_tuple__", "__commit__") or not name.startswith("__")


def _shapes(tree: Path) -> Iterator[tuple[str, str]]:
    """Yield name and shape, as JSON, of what `SHAPES` asks for and this release has."""
    for name, homes in SHAPES.items():
        for home in homes.split():
            file = tree / (home.replace(".", "/") + ".py")
            found = shape(file.read_text("utf-8"), name) if file.exists() else None
            if found is not None:
                yield name, json.dumps(found)


def main(sources: Path) -> None:
    """Index every release."""
    members: Members = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    modules: dict[str, set[str]] = defaultdict(set)
    names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    envs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    shapes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    ours = release_tree.every_module()
    for release in release_tree.releases():
        package = sources / release / "vllm"
        for file in package.rglob("*.py"):
            module = release_tree.module_name(file.relative_to(package).as_posix())
            modules[module].add(release)
            if module in ours or module in ALSO:
                source = file.read_text("utf-8")
                for read in classes(source):
                    for fact in facts(read):
                        members[module][read.name][fact].add(release)
                for name in filter(_can_be_imported_on_purpose, public_names(source)):
                    names[module][name].add(release)
        for name, found in _shapes(sources / release):
            shapes[name][found].add(release)
        for name, default in env_defaults((package / "envs.py").read_text("utf-8")).items():
            envs[name][json.dumps(default)].add(release)
    _write("modules.json", {m: ranges(held) for m, held in sorted(modules.items())})
    _write(
        "interface/names.json",
        {m: {n: ranges(held) for n, held in sorted(of.items())} for m, of in sorted(names.items())},
    )
    _write(
        "interface/members.json",
        {m: {c: by_ranges(held) for c, held in sorted(of.items())} for m, of in sorted(members.items())},
    )
    _write(
        "interface/shapes.json",
        {
            n: [{"releases": ranges(h), "shape": json.loads(text)} for text, h in of.items()]
            for n, of in shapes.items()
        },
    )
    _write(
        "interface/envs.json",
        {n: {default: ranges(held) for default, held in of.items()} for n, of in sorted(envs.items())},
    )


def _write(name: str, data: dict[str, Any]) -> None:
    (CORE / name).write_text(json.dumps(data, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
