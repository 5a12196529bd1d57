"""PM602, PM109 and PM110: whether what entry points name is shipped, and shipped to the right place."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from plugin_matrix.model import EntryPoint, Evidence, Level, SurfaceFinding
from plugin_matrix.plugins.readable import ReadablePlugin
from plugin_matrix.rules.evidence import MOST_EVIDENCE, plain
from plugin_matrix.rules.metadata import line
from plugin_matrix.rules.static_metadata.case import MetadataCase

ENGINE = "vllm"
_COMMON_WORDS = frozenset(
    {"ai", "core", "inference", "kv", "llm", "model", "models", "plugin", "plugins", "py", "python", "vllm"}
)


def targets(case: MetadataCase) -> Iterator[SurfaceFinding]:
    """Judge what each entry point names, on the releases that read its group."""
    layer = Layer(case.read)
    for point in case.plugin.entry_points:
        reads = case.reads(point.group) or case.mask
        module, _, attributes = (part.strip() for part in point.value.partition(":"))
        module, attribute = module.rstrip(), attributes.partition("[")[0].partition(".")[0].strip()
        if module.partition(".")[0] == ENGINE:
            yield from _inside_engine(case, point, module, layer, reads)
        elif not layer.has(module):
            yield from _not_shipped(case, point, module, layer, reads)
        elif attribute and not layer.may_bind(module, attribute):
            message = f"{plain(module)} binds no {plain(attribute)}."
            yield case.found("PM602", point.id, message, reads, (line(point),))


def _not_shipped(
    case: MetadataCase, point: EntryPoint, module: str, layer: "Layer", reads: int
) -> Iterator[SurfaceFinding]:
    if layer.open:
        return
    message = f"The distribution ships no module {plain(module)}."
    bringing = _of_the_family(case.plugin.name, case.plugin.requires_dist, module.partition(".")[0])
    if not bringing:
        yield case.found("PM602", point.id, message, reads, (line(point),))
        return
    message = f"{message} {' or '.join(bringing)}, which it requires, may."
    yield case.found("PM602", point.id, message, reads, (line(point),), level=Level.WARNING)


def _inside_engine(
    case: MetadataCase, point: EntryPoint, module: str, layer: "Layer", reads: int
) -> Iterator[SurfaceFinding]:
    """Yield a target in vLLM's own package: shipped there by the plugin, or vLLM's, or nobody's."""
    if layer.has(module):
        message = f"{plain(module)} lies inside vLLM's own package."
        yield case.found("PM109", point.id, message, reads, (line(point),))
        return
    known = case.axis.mask(one for one in case.axis.names(reads) if one in case.history.release_facts)
    having = case.axis.mask(one for one in case.axis.names(known) if case.history.module_exists(one, module))
    if lacking := known & ~having:
        message = f"Neither the distribution nor vLLM {case.axis.text(lacking)} has {plain(module)}."
        yield case.found("PM602", point.id, message, lacking, (line(point),))
    if having:
        message = f"{plain(module)} is vLLM's own module."
        yield case.found("PM109", point.id, message, having, (line(point),))


def shipped_into_engine(case: MetadataCase) -> Iterator[SurfaceFinding]:
    """Judge files that installing would put into vLLM's package, where they may replace vLLM's own."""
    inside = sorted(file for file in Layer(case.read).files if file.startswith(f"{ENGINE}/"))
    if not inside:
        return
    modules = {file: _module(file) for file in inside if file.endswith(".py")}
    replaced = {
        file: case.axis.mask(
            release
            for release in case.axis.names(case.mask)
            if release in case.history.release_facts and case.history.module_exists(release, module)
        )
        for file, module in modules.items()
    }
    mask, names = 0, []
    for file, releases in replaced.items():
        if releases:
            mask |= releases
            names.append(file)
    if mask:
        message = f"Installing the plugin replaces {_some(names)} of vLLM {case.axis.text(mask)}."
        yield case.found("PM110", case.plugin.name, message, mask, map(_file, names[:MOST_EVIDENCE]))
    else:
        message = f"Installing the plugin puts {_some(inside)} into vLLM's own package."
        evidence = map(_file, inside[:MOST_EVIDENCE])
        yield case.found("PM110", case.plugin.name, message, case.mask, evidence, level=Level.WARNING)


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _some(files: list[str]) -> str:
    more = f" and {len(files) - 3} more files" if len(files) > 3 else ""  # noqa: PLR2004 - three show what it is
    return f"{', '.join(plain(file) for file in files[:3])}{more}"


def _file(file: str) -> Evidence:
    return Evidence(file=plain(file))


def _of_the_family(name: str, requires_dist: tuple[str, ...], top: str) -> list[str]:
    """Return the requirements that may bring the top-level module `top`, going by their names.

    A name that says no more than that it has to do with vLLM makes no family.
    """
    wanted = _words(top)
    found = []
    for text in requires_dist:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        own = canonicalize_name(requirement.name) == canonicalize_name(name)
        by_extra = requirement.marker is not None and "extra" in str(requirement.marker)
        exact = canonicalize_name(requirement.name) == canonicalize_name(top)
        if not own and not by_extra and (exact or wanted & _words(requirement.name)):
            found.append(requirement.name)
    return list(dict.fromkeys(found))


def _words(name: str) -> set[str]:
    return set(re.split(r"[-_.]+", name.lower())) - _COMMON_WORDS


class Layer:
    """The files that installing the plugin adds to a layer."""

    def __init__(self, read: ReadablePlugin) -> None:
        self._read = read
        self.files = read.shipped

    @property
    def open(self) -> bool:
        """Whether a path file adds directories, so that what is shipped is not all there is."""
        return any(file.endswith(".pth") and "/" not in file for file in self.files)

    @cached_property
    def _modules(self) -> frozenset[str]:
        """Every importable name: modules by any suffix, packages and namespace packages."""
        names = set()
        for file in self.files:
            directory, _, last = file.rpartition("/")
            if last.endswith((".py", ".so", ".pyd", ".pyc", ".pyx")):
                stem = last.partition(".")[0]
                module = f"{directory}/{stem}" if directory else stem
                names.add(module.removesuffix("/__init__").replace("/", "."))
            while directory and (package := directory.replace("/", ".")) not in names:
                names.add(package)
                directory = directory.rpartition("/")[0]
        return frozenset(names)

    def has(self, module: str) -> bool:
        """Tell whether `module` can be imported from the layer."""
        return module in self._modules

    def may_bind(self, module: str, name: str) -> bool:
        """Tell whether `module` binds `name` at its top, as far as its source can tell; True in doubt."""
        if self.has(f"{module}.{name}"):
            return True
        path = module.replace(".", "/")
        content = next(
            (
                self._read.files[file]
                for file in (f"{path}/__init__.py", f"{path}.py")
                if file in self._read.files
            ),
            None,
        )
        if content is None:
            return True
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return True  # what does not parse is told elsewhere
        return _may_bind(tree, name)


def _may_bind(tree: ast.Module, name: str) -> bool:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound) | ast.ClassDef(name=bound):
                if bound in {name, "__getattr__"}:
                    return True
            case ast.Name(id=bound, ctx=ast.Store()) | ast.alias(asname=str(bound)):
                if bound == name:
                    return True
            case ast.alias(name=imported):
                if imported == "*" or imported.partition(".")[0] == name:
                    return True
            # Names made in other ways.
            case ast.Call(func=ast.Name(id="globals" | "setattr" | "exec" | "vars")):
                return True
            case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
                return True
            case _:
                pass
    return False
