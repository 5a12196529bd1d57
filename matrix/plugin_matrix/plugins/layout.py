"""Which files of a project's directory a wheel of it would hold, read off its configuration.

Backends differ in what they take when nothing is said; what they have in common is enough: what is
configured, else what lies below `src/`, else the packages that bear the project's or its entry points' names.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

_SOURCES = (".py", ".pyi", ".so", ".pyd", ".pyx")
_NEVER_INSTALLED = frozenset(
    {
        *(
            "benchmark",
            "benchmarks",
            "bin",
            "ci",
            "conf",
            "contrib",
            "doc",
            "docs",
            "docker",
            "etc",
            "example",
        ),
        *(
            "examples",
            "htmlcov",
            "images",
            "requirements",
            "scripts",
            "site",
            "tasks",
            "test",
            "tests",
            "tools",
        ),
    }
)
"""Directories that setuptools leaves out of a flat layout (`FlatLayoutPackageFinder`)."""


class Tree(msgspec.Struct, frozen=True):
    """The files of a project, by their path in it."""

    root: Path
    files: tuple[PurePosixPath, ...]

    def has_directory(self, directory: PurePosixPath) -> bool:
        """Tell whether a file lies below `directory`."""
        return any(file.is_relative_to(directory) and file != directory for file in self.files)


class _Part(msgspec.Struct, frozen=True):
    """A directory or file of the project, and where the layer has it."""

    path: PurePosixPath
    place: PurePosixPath


def installed(
    tree: Tree, pyproject: Mapping[str, Any], name: str, modules: Iterable[str]
) -> dict[str, PurePosixPath]:
    """Return the project's path of every file that a wheel would hold, by its path in the wheel.

    `pyproject` is the whole of `pyproject.toml`, `modules` are the entry points' modules.
    """
    tool = _table(pyproject, "tool")
    backend = str(_table(pyproject, "build-system").get("build-backend", "setuptools"))
    tops = {module.partition(".")[0] for module in modules}
    own = {re.sub(r"[-.]+", "_", name), re.sub(r"[-.]+", "_", name).lower()}
    parts = (
        _configured(tool)
        or _below_source_directory(tree)
        or _flat(tree, own | tops, takes_all=backend.startswith("setuptools"))
    )
    files = _files_of(tree, parts)
    for top in sorted(tops - {place.partition("/")[0].removesuffix(".py") for place in files}):
        # A layout that was read wrongly must not hide what the project plainly has.
        files |= _files_of(tree, _anywhere(tree, top))
    return files


def _configured(tool: Mapping[str, Any]) -> list[_Part]:
    return [
        *_hatch(_table(tool, "hatch", "build", "targets", "wheel")),
        *_setuptools(_table(tool, "setuptools")),
        *_poetry(_table(tool, "poetry")),
        *_named(_table(tool, "flit", "module").get("name"), ""),
        *_named(_table(tool, "uv", "build-backend").get("module-name"), _uv_root(tool)),
        *_maturin(_table(tool, "maturin")),
        *(_part(path) for path in _texts(_table(tool, "scikit-build", "wheel").get("packages"))),
    ]


def _hatch(wheel: Mapping[str, Any]) -> list[_Part]:
    """Return what `packages` and `only-include` name, less the directories that the wheel has not."""
    parts = [_part(path) for path in _texts(wheel.get("packages"))]
    sources = wheel.get("sources")
    prefixes = [str(path) for path in sources] if isinstance(sources, list | dict) else []
    renamed = sources if isinstance(sources, dict) else {}
    for path in _texts(wheel.get("only-include")) if not parts else ():
        prefix = next((one for one in prefixes if f"{path}/".startswith(f"{one}/")), "")
        place = PurePosixPath(path).relative_to(prefix) if prefix else PurePosixPath(path)
        parts.append(_Part(PurePosixPath(path), PurePosixPath(str(renamed.get(prefix, ""))) / place))
    forced = wheel.get("force-include")
    if parts and isinstance(forced, dict):
        parts += [_Part(PurePosixPath(path), PurePosixPath(str(place))) for path, place in forced.items()]
    return parts


def _setuptools(tool: Mapping[str, Any]) -> list[_Part]:
    directories = tool.get("package-dir")
    below = directories if isinstance(directories, dict) else {}
    parts = [
        _Part(_package_directory(package, below), PurePosixPath(*package.split(".")))
        for package in _texts(tool.get("packages"))
    ]
    base = str(below.get("", ""))
    parts += [
        _Part(PurePosixPath(base) / f"{module}.py", PurePosixPath(f"{module}.py"))
        for module in _texts(tool.get("py-modules"))
    ]
    find = _table(tool, "packages", "find") if isinstance(tool.get("packages"), dict) else {}
    include = [pattern.partition(".")[0] for pattern in _texts(find.get("include"))]
    exclude = tuple(_texts(find.get("exclude")))
    for where in _texts(find.get("where")) or (["."] if include else []):
        if include or where != ".":
            parts.append(_Found(PurePosixPath(where), PurePosixPath(), tuple(include), exclude))
    return parts


class _Found(_Part, frozen=True):
    """Packages below `path` whose names match."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def holds(self, top: str) -> bool:
        """Tell whether the top-level package is taken."""
        wanted = not self.include or any(fnmatchcase(top, pattern) for pattern in self.include)
        return wanted and not any(fnmatchcase(top, pattern) for pattern in self.exclude)


def _package_directory(package: str, below: Mapping[str, Any]) -> PurePosixPath:
    head = package
    rest: list[str] = []
    while head:
        if head in below:
            return PurePosixPath(str(below[head]), *rest)
        head, _, last = head.rpartition(".")
        rest.insert(0, last)
    return PurePosixPath(str(below.get("", "")), *rest)


def _poetry(tool: Mapping[str, Any]) -> list[_Part]:
    packages = tool.get("packages")
    tables = [one for one in packages if isinstance(one, dict)] if isinstance(packages, list) else []
    return [
        _Part(
            PurePosixPath(str(one.get("from", ""))) / str(one["include"]).rstrip("/*"),
            PurePosixPath(str(one.get("to", ""))) / str(one["include"]).rstrip("/*"),
        )
        for one in tables
        if "include" in one
    ]


def _maturin(tool: Mapping[str, Any]) -> list[_Part]:
    source = tool.get("python-source")
    return [_Found(PurePosixPath(source), PurePosixPath())] if isinstance(source, str) else []


def _uv_root(tool: Mapping[str, Any]) -> str:
    return str(_table(tool, "uv", "build-backend").get("module-root", "src"))


def _named(names: Any, root: str) -> list[_Part]:
    """Return modules by dotted name below `root`, or below `src/` or the project where it is empty."""
    wanted = [names] if isinstance(names, str) else _texts(names)
    roots = [root] if root else ["src", ""]
    paths = [PurePosixPath(*name.split(".")) for name in wanted]
    return [
        part
        for path in paths
        for base in roots
        for part in (_Part(base / path, path), _Part(base / path.with_suffix(".py"), path.with_suffix(".py")))
    ]


def _below_source_directory(tree: Tree) -> list[_Part]:
    source = PurePosixPath("src")
    if PurePosixPath("src/__init__.py") in tree.files or not tree.has_directory(source):
        return []
    python = [file for file in tree.files if file.is_relative_to(source) and file.suffix == ".py"]
    return [_Found(source, PurePosixPath())] if python else []


def _flat(tree: Tree, named: set[str], *, takes_all: bool) -> list[_Part]:
    """Return the packages and modules at the project's top: the `named` ones, or all that are regular."""
    packages = {file.parts[0] for file in tree.files if len(file.parts) > 1 and file.suffix == ".py"}
    regular = {
        package
        for package in packages - _NEVER_INSTALLED
        if PurePosixPath(package, "__init__.py") in tree.files and not package.startswith((".", "_"))
    }
    chosen = packages & named
    if takes_all or not chosen:
        chosen |= regular
    modules = {file.stem for file in tree.files if len(file.parts) == 1 and file.suffix == ".py"}
    return [
        *(_part(package) for package in sorted(chosen)),
        *(_part(f"{module}.py") for module in sorted(modules & named)),
    ]


def _anywhere(tree: Tree, top: str) -> list[_Part]:
    """Return the shallowest package or module of that name in the tree."""
    found = [
        file.parent if file.name == "__init__.py" else file
        for file in tree.files
        if file.name == f"{top}.py" or (file.name == "__init__.py" and file.parent.name == top)
    ]
    return [_part(str(path)) for path in sorted(found, key=lambda path: len(path.parts))[:1]]


def _files_of(tree: Tree, parts: Iterable[_Part]) -> dict[str, PurePosixPath]:
    files: dict[str, PurePosixPath] = {}
    for part in parts:
        for file in tree.files:
            if file != part.path and not file.is_relative_to(part.path):
                continue
            place = part.place / file.relative_to(part.path)
            if isinstance(part, _Found) and not (
                place.suffix in _SOURCES and part.holds(place.parts[0].removesuffix(".py"))
            ):
                continue
            files[place.as_posix()] = file
    return files


def _part(path: str) -> _Part:
    return _Part(PurePosixPath(path), PurePosixPath(PurePosixPath(path).name))


def _table(of: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = of.get(name)
        if not isinstance(inner, dict):
            return {}
        of = inner
    return of


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
