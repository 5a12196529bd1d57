"""Lays out the reference engine of one release: which modules exist, where they live, what the data says.

Used by the wheel's build hook and, directly, by tests that put a tree on `PYTHONPATH`.
"""

import ast
import functools
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "src" / "vllm"
LOCAL_VERSION = "reference"


class UnknownReleaseError(ValueError):
    """The interface history has no such release."""


@functools.cache
def toml(name: str) -> dict[str, Any]:
    """Return a data file of the core."""
    return tomllib.loads((HERE / name).read_text("utf-8"))


@functools.cache
def releases() -> tuple[str, ...]:
    """Return every release of the history, oldest first."""
    return tuple(toml("interface_history.toml")["releases"])


@functools.cache
def _position(release: str) -> int:
    try:
        return releases().index(release)
    except ValueError:
        raise UnknownReleaseError(f"the interface history has no release {release!r}") from None


def _current(steps: list[dict[str, Any]], release: str) -> dict[str, Any] | None:
    """Return the step that holds at `release`, None before the first and after a step that ends it."""
    found = None
    for step in steps:
        if _position(step["since"]) <= _position(release):
            found = step
    return None if found is None or found.get("gone") else found


def in_ranges(ranges: str, release: str) -> bool:
    """Tell whether `release` lies in text such as `0.5.3-0.6.2 0.7.0-` (ends included, or open)."""
    for part in ranges.split():
        first, _, last = part.partition("-")
        if _position(first) <= _position(release) <= _position(last or releases()[-1]):
            return True
    return False


def release_facts(release: str) -> dict[str, Any]:
    """Return what the engine reads at run time: the history resolved for one release."""
    history = toml("interface_history.toml")
    values = {}
    for name, dimension in history["dimensions"].items():
        step = _current(dimension["steps"], release)
        values[name] = step["value"] if step else ""
    classes = {}
    for name, history_of_class in toml("interface/classes.toml").items():
        home = _current(history_of_class["homes"], release)
        if home is None:
            continue
        members = {}
        for member, steps in history_of_class["members"].items():
            step = _current(steps, release)
            if step is not None:
                members[member] = [step["signature"], step.get("decorators", ""), step["body"]]
        classes[name] = {"module": home["module"], "members": members}
    return {
        "release": release,
        "order": list(releases()),
        "values": values,
        "groups": {
            short: group["name"]
            for short, group in history["groups"].items()
            if _position(group["since"]) <= _position(release)
        },
        "classes": classes,
        "removed_names": _removed_names(release),
        "envs": _env_defaults(release),
        "shapes": _shapes(release),
    }


def class_source(release: str, name: str, members: dict[str, list[str]]) -> str:
    """Return a module that makes the members of one class; `define_class` runs it in the class's own module.

    Written when the wheel is made, so that Python keeps its byte code: from text, the class of platforms
    alone takes some milliseconds in each process that imports it.

    `MEMBERS` lists each member in order: a function by its maker (given another body or None, and what to do
    where the real body is not modelled) and its decorators, an attribute by None, its annotation and default.
    """
    makers, rows = [], []
    for number, (member, (signature, decorators, body)) in enumerate(members.items()):
        if body == "attr":
            rows.append(f"    ({member!r}, None, {_attribute(signature)}),")
        else:
            makers.append(_maker(number, f"{name}.{member}", signature, body))
            rows.append(f"    ({member!r}, _{number}, {_decorators(decorators)!r}, None),")
    title = f'"""Members of `{name}` in vLLM {release}; written by the build."""'
    table = "\n".join(["MEMBERS = (", *rows, ")\n"])
    return "\n\n".join([title, "from __future__ import annotations\n", *makers, table])


def _attribute(signature: str) -> str:
    """Return annotation and default of `attr: annotation = default`.

    A default is a function that makes it, or its text where it needs torch.
    """
    statement = ast.parse(signature).body[0]
    if not isinstance(statement, ast.AnnAssign):
        raise TypeError(signature)
    default = "None"
    if statement.value is not None:
        expression = ast.unparse(statement.value)
        needs_torch = any(isinstance(n, ast.Name) and n.id == "torch" for n in ast.walk(statement.value))
        default = repr(expression) if needs_torch else f"lambda: {expression}"
    return f"{ast.unparse(statement.annotation)!r}, {default}"


def _maker(number: int, member: str, signature: str, body: str) -> str:
    """Return a function that makes a member with the release's signature, its annotations left as text."""
    if body == "raises":
        statement = "raise NotImplementedError"
    elif body.startswith("return"):
        statement = f"import torch; {body}" if "torch." in body else body
    elif body == "stub":
        statement = "return None"
    else:
        statement = f"not_modelled__({member!r})"
    name = member.rpartition(".")[2]
    return "\n".join(
        (
            f"def _{number}(override__, not_modelled__):",
            "    if override__ is None:",
            f"        def {name}{signature}:",
            f"            {statement}",
            "    else:",
            f"        def {name}{signature}:",
            f"            return override__({_forwarded(name, signature)})",
            f"    return {name}",
        )
    )


def _forwarded(member: str, signature: str) -> str:
    """Return the call's text that passes every parameter on."""
    definition = ast.parse(f"def {member}{signature}: pass").body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise TypeError(signature)
    arguments = definition.args
    parts = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        parts.append(f"*{arguments.vararg.arg}")
    parts += [f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs]
    if arguments.kwarg:
        parts.append(f"**{arguments.kwarg.arg}")
    return ", ".join(parts)


def _decorators(text: str) -> tuple[tuple[str, str], ...]:
    """Return the decorators that `text` lists, outermost first, each with what it is called with or ""."""
    listed = ast.parse(f"[{text}]", mode="eval").body
    if not isinstance(listed, ast.List):
        raise TypeError(text)
    found: list[tuple[str, str]] = []
    for node in listed.elts:
        match node:
            case ast.Name(id=name):
                found.append((name, ""))
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                found.append((name, ast.literal_eval(argument)))
            case _:
                raise TypeError(text)
    return tuple(found)


def _removed_names(release: str) -> dict[str, list[str]]:
    """Return, by module, names that some release has there and this one has not."""
    removed = {}
    real = real_modules(release)
    for module, names in _json("interface/names.json").items():
        if module not in real:
            continue
        absent = [name for name, ranges in names.items() if not in_ranges(ranges, release)]
        if absent:
            removed[module] = absent
    return removed


def _methods(release: str) -> dict[str, dict[str, list[str]]]:
    """Return plain methods by class by module, for the engine's own modules."""
    ours = every_module()
    return {
        module: {
            name: [m for ranges, names in facts["methods"].items() if in_ranges(ranges, release)
                   for m in names.split()]
            for name, facts in classes.items() if "methods" in facts
        }
        for module, classes in _json("interface/members.json").items() if module in ours
    }  # fmt: skip


def _env_defaults(release: str) -> dict[str, Any]:
    """Return the variables that `vllm.envs` knows at `release`, with their defaults."""
    return {
        name: json.loads(default)
        for name, defaults in _json("interface/envs.json").items()
        for default, ranges in defaults.items()
        if in_ranges(ranges, release)
    }


def _shapes(release: str) -> dict[str, Any]:
    """Return fields and signatures by name."""
    return {
        name: variant["shape"]
        for name, variants in _json("interface/shapes.json").items()
        for variant in variants
        if in_ranges(variant["releases"], release)
    }


@functools.cache
def _json(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HERE / name).read_text("utf-8"))
    return loaded


@functools.cache
def real_modules(release: str) -> frozenset[str]:
    """Return the modules of the real release."""
    return frozenset(m for m, ranges in _json("modules.json").items() if in_ranges(ranges, release))


def entry_points(release: str) -> dict[str, dict[str, str]]:
    """Return the entry points that vLLM itself declared at `release`."""
    step = _current(toml("interface_history.toml")["dimensions"]["builtin_general_plugins"]["steps"], release)
    names = step["value"].split(",") if step and step["value"] else []
    module = {"lora_filesystem_resolver": "filesystem_resolver", "lora_hf_hub_resolver": "hf_hub_resolver"}
    function = {
        "lora_filesystem_resolver": "register_filesystem_resolver",
        "lora_hf_hub_resolver": "register_hf_hub_resolver",
    }
    points = {name: f"vllm.plugins.lora_resolvers.{module[name]}:{function[name]}" for name in names}
    return {"vllm.general_plugins": points} if points else {}


def placed_files(release: str) -> dict[str, Path]:
    """Return target path inside the `vllm` package -> source file, for the modules of `release`."""
    layout = _layout()
    moved = {entry["source"] for entry in layout}
    real = real_modules(release)
    placed: dict[str, Path] = {}
    for file in sorted(SOURCE.rglob("*")):
        path = file.relative_to(SOURCE).as_posix()
        if not file.is_file() or "__pycache__" in path or path in moved or path.startswith("_moved/"):
            continue
        if path.startswith("_reference/") or (file.suffix == ".py" and module_name(path) in real):
            placed[path] = file
    for entry in layout:
        if in_ranges(f"{entry['since']}-{entry.get('until', '')}", release):
            placed[entry["path"]] = SOURCE / entry["source"]
    return placed


def resolved_table(file: Path, release: str) -> dict[str, dict[str, Any]]:
    """Return section -> name -> value at `release` of steps `[since, value]`; `[since]` is the end."""
    table: dict[str, dict[str, Any]] = {}
    for section, names in json.loads(file.read_text("utf-8")).items():
        for name, steps in names.items():
            begun = [step for step in steps if _position(step[0]) <= _position(release)]
            if begun and len(begun[-1]) > 1:
                table.setdefault(section, {})[name] = begun[-1][1]
    return table


def every_module() -> frozenset[str]:
    """Return the modules that the reference engine has at one release or another."""
    paths = {file.relative_to(SOURCE).as_posix() for file in SOURCE.rglob("*.py")}
    for entry in _layout():
        paths.discard(entry["source"])
        paths.add(entry["path"])
    return frozenset(module_name(path) for path in paths if not path.startswith(("_reference/", "_moved/")))


def _layout() -> list[dict[str, str]]:
    """Return where the sources that moved between releases go."""
    return list(toml("interface/layout.toml").get("layout", ()))


def module_name(path: str) -> str:
    """Return `vllm.a.b` for `a/b.py` and for `a/b/__init__.py`."""
    dotted = re.sub(r"(/?__init__)?\.py$", "", path).replace("/", ".")
    return f"vllm.{dotted}" if dotted else "vllm"


def build_tree(release: str, target: Path, *, metadata: bool = True) -> Path:
    """Write the package of `release` below `target`, which then belongs on `sys.path`; return `target`.

    With `metadata` there is a dist-info directory too, so that the engine's own entry points are found.
    """
    package = target / "vllm"
    for path, source in placed_files(release).items():
        file = package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, file)
    for directory in {
        parent for file in package.rglob("*.py") for parent in file.relative_to(target).parents
    }:
        marker = target / directory / "__init__.py"
        if directory != Path() and not marker.exists():
            marker.write_text("", "utf-8")
    version = f"{release}+{LOCAL_VERSION}"
    (package / "_version.py").write_text(
        f'"""Written by the build."""\n\n__version__ = version = "{version}"\n', "utf-8"
    )
    private = package / "_reference"
    private.mkdir(exist_ok=True)
    facts = release_facts(release)
    (private / "classes").mkdir(exist_ok=True)
    for name, facts_of_class in facts["classes"].items():
        written = class_source(release, name, facts_of_class["members"])
        (private / "classes" / f"{name}.py").write_text(written, "utf-8")
    facts["classes"] = list(facts["classes"])
    (private / "release.json").write_text(json.dumps(facts, separators=(",", ":")), "utf-8")
    (private / "methods.json").write_text(json.dumps(_methods(release), separators=(",", ":")), "utf-8")
    (private / "modules.txt").write_text("\n".join(sorted(real_modules(release))), "utf-8")
    (private / "tables").mkdir(exist_ok=True)
    for file in sorted((HERE / "interface" / "tables").glob("*.json")):
        resolved = json.dumps(resolved_table(file, release), separators=(",", ":"))
        (private / "tables" / file.name).write_text(resolved, "utf-8")
    if metadata:
        info = target / f"vllm-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n", "utf-8")
        lines = []
        for group, points in entry_points(release).items():
            lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
        (info / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    return target
