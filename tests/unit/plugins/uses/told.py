"""What is read off a plugin, as short lines that a table can hold."""

from dataclasses import dataclass

from plugin_matrix.model import EntryPoint
from plugin_matrix.plugins.uses import read_uses
from plugin_matrix.plugins.uses.records import (
    All,
    Always,
    AnyOf,
    Attribute,
    Call,
    Exists,
    Guard,
    HasArchitecture,
    Import,
    IsSet,
    Not,
    OnRelease,
    OwnAttribute,
    Patch,
    QualnameText,
    Registration,
    SourceUses,
    SuperCall,
    Unknown,
    Use,
)


@dataclass(frozen=True)
class Row:
    name: str
    """A sentence of behaviour."""
    source: str
    """Files of the plugin; `#: path` starts one, what stands before the first is `acme/__init__.py`."""
    expected: tuple[str, ...]
    """All that is told, no more and no fewer."""


def uses_of(source: str, *entry_points: EntryPoint) -> SourceUses:
    files: dict[str, list[str]] = {}
    current: list[str] = []
    for line in source.splitlines():
        if line.startswith("#: "):
            current = files.setdefault(line.removeprefix("#: ").strip(), [])
        else:
            if not files and line.strip():
                current = files.setdefault("acme/__init__.py", current)
            current.append(line)
    files.setdefault("acme/__init__.py", [])
    texts = {path: "\n".join(lines) + "\n" for path, lines in files.items()}
    return read_uses({path: text.encode() for path, text in texts.items()}, frozenset({"acme"}), entry_points)


def guard_text(guard: Guard) -> str:  # noqa: C901, PLR0911 - one return per kind
    match guard:
        case Always():
            return "always"
        case Unknown():
            return "?"
        case OnRelease("specifier", version):
            return f"in {version}"
        case OnRelease(operator, version):
            return f"{operator}{version}"
        case IsSet(variable):
            return f"{variable} is set"
        case Exists(path):
            return f"has {path.text()}"
        case HasArchitecture(name):
            return f"knows {name}"
        case Not(inner):
            return f"not {guard_text(inner)}"
        case All(guards):
            return " & ".join(map(guard_text, guards))
        case AnyOf(guards):
            return f"({' | '.join(map(guard_text, guards))})"


def _about(use: Use) -> str:  # noqa: PLR0911 - one return per kind
    match use:
        case Import(module=module, name=name):
            return f"import {module}" if name is None else f"import {module}:{name}"
        case Attribute(path=path):
            return f"read {path.text()}"
        case Call(path=path, shape=shape):
            return f"call {path.text()} {shape.text()}"
        case SuperCall(owner=owner, method=method, shape=shape):
            return f"super {owner}.{method} {shape.text() if shape else '-'}"
        case OwnAttribute(owner=owner, name=name, shape=shape):
            return f"own {owner}.{name}" + (f" {shape.text()}" if shape else "")
        case Patch(path=path, replacement=replacement, optional=optional, replaces_method=method):
            text = replacement.text() if replacement else "?"
            return f"patch {path.text()} {text}{' method' * method}{' optional' * optional}"
        case QualnameText(path=path, purpose=purpose, absent=absent):
            return f"text {path.text()} {purpose}{' absent' * absent}"
        case Registration(architecture=architecture, cls=cls, text=text):
            return f"model {architecture or '?'} {cls or '?'}{' by name' * bool(text)}"


def use_text(use: Use) -> str:
    parts = [_about(use)]
    if use.guard != Always():
        parts.append(f"if {guard_text(use.guard)}")
    if use.caught:
        parts.append(f"catching {','.join(sorted(use.caught))}")
    if use.fallback:
        parts.append("with fallback")
    return " ".join(parts)


def plain_import(use: Use) -> bool:
    """An import that nothing guards: what nearly every row begins with."""
    return isinstance(use, Import) and use.guard == Always() and not use.caught


def told(source: str, *, imports: bool = False) -> set[str]:
    """All uses; imports that nothing guards only where the row is about imports."""
    return {use_text(use) for use in uses_of(source).uses if imports or not plain_import(use)}


def edges_told(source: str) -> set[str]:
    """All edges but those to the packages that a module lies in."""
    return {
        f"{edge.source} -> {edge.target}"
        + (f" if {guard_text(edge.guard)}" if edge.guard != Always() else "")
        + (f" catching {','.join(sorted(edge.caught))}" if edge.caught else "")
        for edge in uses_of(source).edges
        if not edge.source.startswith(f"{edge.target}.") or edge.guard != Always()
    }
