"""Prints the sections of `interface/classes.toml` for classes, as the sources of the releases show them.

    python core/tools/read_class.py SOURCES NAME=MODULE[,MODULE] ...

SOURCES holds one directory a release. MODULE is where the class is defined, the later home first. What is
printed is put into `classes.toml` by hand, where a body that matters may be told better.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

CORE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CORE))

import release_tree

DECORATORS = ("abstractmethod", "classmethod", "contextmanager", "property", "staticmethod")
Step = dict[str, object]


def body_of(function: ast.FunctionDef) -> str:
    """Return what the data says of a body; only constants are told as values."""
    told = [
        node
        for node in function.body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    if not told or all(isinstance(node, ast.Pass) for node in told):
        return "stub"
    last = told[-1]
    if len(told) == 1 and isinstance(last, ast.Raise) and "NotImplementedError" in ast.unparse(last):
        return "raises"
    if len(told) == 1 and isinstance(last, ast.Return):
        value = last.value
        if value is None or isinstance(value, ast.Constant):
            return f"return {ast.unparse(value) if value else 'None'}"
    return "impl"


def member_of(node: ast.stmt) -> tuple[str, Step] | None:
    """Return name and step of a method or an annotated attribute."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        value = f" = {ast.unparse(node.value)}" if isinstance(node.value, ast.Constant) else ""
        signature = f"attr: {ast.unparse(node.annotation)}{value}"
        return node.target.id, {"signature": signature, "body": "attr", "line": node.lineno}
    if not isinstance(node, ast.FunctionDef):
        return None
    names = [ast.unparse(found).rpartition(".")[2] for found in node.decorator_list]
    if "overload" in names:
        return None
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    step: Step = {"signature": f"({ast.unparse(node.args)}){returns}"}
    if kept := [name for name in names if name in DECORATORS]:
        step["decorators"] = ",".join(kept)
    return node.name, {**step, "body": body_of(node), "line": node.lineno}


def find(sources: Path, release: str, name: str, modules: list[str]) -> tuple[str, ast.ClassDef] | None:
    """Return the module that defines the class at a release, and the class."""
    for module in modules:
        file = sources / release / (module.replace(".", "/") + ".py")
        for node in ast.parse(file.read_text("utf-8")).body if file.exists() else ():
            if isinstance(node, ast.ClassDef) and node.name == name:
                return module, node
    return None


def inline(step: Step) -> str:
    """Return a step as an inline table of TOML."""
    told = (f"{key} = {json.dumps(value)}" for key, value in step.items())
    return "{ " + ", ".join(told) + " }"


def section(sources: Path, name: str, modules: list[str]) -> str:
    """Return the section of one class."""
    homes: list[Step] = []
    members: dict[str, list[Step]] = {}
    for release in release_tree.releases():
        found = find(sources, release, name, modules)
        if found is None:
            continue
        if not homes or homes[-1]["module"] != found[0]:
            homes.append({"since": release, "module": found[0]})
        now = dict(filter(None, map(member_of, found[1].body)))
        for member in {**members, **now}:
            steps = members.setdefault(member, [])
            step = {"since": release, **now[member]} if member in now else {"since": release, "gone": True}
            ended = "gone" in step and (not steps or "gone" in steps[-1])
            same = steps and {**steps[-1], "since": "", "line": 0} == {**step, "since": "", "line": 0}
            if not ended and not same:
                steps.append(step)
    lines = [f"[{name}]", f"homes = [{', '.join(map(inline, homes))}]", f"[{name}.members]"]
    for member, steps in members.items():
        if len(steps) == 1:
            lines.append(f"{member} = [{inline(steps[0])}]")
        else:
            lines += [f"{member} = [", *(f"    {inline(step)}," for step in steps), "]"]
    return "\n".join(lines)


if __name__ == "__main__":
    for asked in sys.argv[2:]:
        named, _, homes_of = asked.partition("=")
        sys.stdout.write("\n" + section(Path(sys.argv[1]), named, homes_of.split(",")) + "\n")
