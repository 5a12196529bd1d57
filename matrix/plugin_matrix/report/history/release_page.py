"""What a release changed for plugins, as one section of its minor's page."""

from collections.abc import Iterator

from plugin_matrix.report.history.changes import (
    BehaviourChange,
    Changes,
    ClassChange,
    MemberChange,
    Moved,
    ReleaseChanges,
    VariableChange,
)
from plugin_matrix.report.history.members import Kind, Member
from plugin_matrix.report.history.writing import SOURCES, code, folded, linked, slug, table

RULES = "../rules/{rule}.md"
_HOMES = 2
"""Places told of a name that could be in several."""
_SHOWN = 25
"""Rows of a table that are shown; a longer one is folded."""


def release_section(changes: ReleaseChanges, facts: Changes) -> str:
    """Return the section of one release."""
    history = facts.history
    about = history.release_facts[changes.release]
    head = (
        f"## {changes.release}\n\n{about.date} · Python {code(about.requires_python)} · {code(about.torch)}"
    )
    parts = [head, *_groups(changes, facts)]
    if changes.is_empty:
        parts.append("Nothing changed that plugins use.")
    parts += [
        *_behaviour(changes),
        *_classes(changes),
        *_moved("Names that left their module", "name", "PM202", changes.names),
        *_moved("Modules that are gone", "module", "PM201", changes.modules),
        *_variables(changes),
    ]
    return "\n\n".join(parts)


def rule_links(rules: tuple[str, ...]) -> str:
    """Return links to the pages of rules."""
    return ", ".join(f"[{rule}]({RULES.format(rule=rule)})" for rule in rules)


def page_of(release: str) -> str:
    """Return the file of the page on which a release is."""
    return ".".join(release.split(".")[:2]) + ".md"


def place_of(release: str) -> str:
    """Return the address of a release's section."""
    return f"{page_of(release)}#{slug(release)}"


def _groups(changes: ReleaseChanges, facts: Changes) -> Iterator[str]:
    groups = facts.groups_since(changes.release)
    if groups:
        names = ", ".join(code(group.name) for group in groups)
        yield f"**New entry-point group: {names}** ({rule_links(('PM101', 'PM102'))})."


def _behaviour(changes: ReleaseChanges) -> Iterator[str]:
    if not changes.behaviour:
        return
    yield "### What vLLM does" + _of(changes)
    yield "\n".join(_line(one, changes.release) for one in changes.behaviour)


def _line(change: BehaviourChange, release: str) -> str:
    """Return one change: what it is about, now and before, where that is read, what judges it."""
    summary = change.dimension.summary
    parts = [f"- **[{summary}](interface.md#{slug(summary)})**: {change.now.text}"]
    if change.before:
        parts.append(f"*Before:* {change.before.text}")
    told = [one for one in (linked(change.now.source, release), rule_links(change.rules)) if one]
    if told:
        parts.append(f"({'; '.join(told)})")
    return " ".join(parts)


def _of(changes: ReleaseChanges) -> str:
    """Return what tells the headings of one page apart."""
    return f" in {changes.release}"


def _classes(changes: ReleaseChanges) -> Iterator[str]:
    if not changes.classes:
        return
    yield f"### Classes that plugins extend{_of(changes)}"
    links = rule_links(("PM401", "PM402", "PM403", "PM404", "PM405", "PM406", "PM407"))
    yield f"Judged by {links}; `!` marks what a subclass has to give."
    for one in changes.classes:
        yield _class(one, changes.release)


def _class(change: ClassChange, release: str) -> str:
    path = change.module.replace(".", "/") + ".py"
    file = f"[{code(change.module)}]({SOURCES.format(release=release, path=path)})"
    told = [one for one in change.members if one.kind is not Kind.ANNOTATED]
    annotated = len(change.members) - len(told)
    title = f"**`{change.name}`** in {file}{' is new' if change.is_new else ''}"
    if annotated:
        differ = "signature differs" if annotated == 1 else "signatures differ"
        title += f"; {annotated} {differ} in annotations alone"
    if not told:
        return title + "."
    block = "\n".join(line for one in told for line in _lines(one))
    text = f"```diff\n{block}\n```"
    if change.is_new and len(told) > _SHOWN:
        text = folded(f"its {len(told)} members", text)
    return f"{title}:\n\n{text}"


def _lines(change: MemberChange) -> Iterator[str]:
    if change.before is not None and change.kind in {Kind.GONE, Kind.CHANGED}:
        yield f"- {_declared(change.name, change.before)}"
    if change.kind in {Kind.NEW, Kind.CHANGED}:
        yield f"+ {_declared(change.name, change.now)}  # line {change.now.line}"


def _declared(name: str, member: Member) -> str:
    duty = "! " if member.body == "raises" or "abstractmethod" in member.decorators else ""
    if member.body == "attr":
        return f"{duty}{name}: {' '.join(member.text.split())}".rstrip(": ")
    kinds = [kind for kind in ("classmethod", "staticmethod", "property") if kind in member.decorators]
    return " ".join([*duty.split(), *kinds, f"{name}{' '.join(member.text.split())}"])


def _moved(title: str, head: str, rule: str, moved: tuple[Moved, ...]) -> Iterator[str]:
    if not moved:
        return
    there = sum(bool(one.homes) for one in moved)
    rows = [
        (code(one.path), " or ".join(code(home) for home in one.homes[:_HOMES]) or "gone") for one in moved
    ]
    text = table((head, "now"), rows)
    told = f"{len(moved)}, of which {there} can be found elsewhere" if len(moved) > 1 else "one"
    yield f"**{title}** ([{rule}]({RULES.format(rule=rule)}))" + (
        ":" if len(moved) <= _SHOWN else f": {told}."
    )
    yield text if len(moved) <= _SHOWN else folded("All of them", text)


def _variables(changes: ReleaseChanges) -> Iterator[str]:
    kinds: dict[str, list[str]] = {"new": [], "gone": [], "other default": []}
    for one in changes.variables:
        kinds[_kind(one)].append(_variable(one))
    told = [f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names]
    if told:
        text = "\n".join(f"- {line}" for line in told)
        number = len(changes.variables)
        title = f"Environment variables in `vllm.envs`: {number} {'change' if number == 1 else 'changes'}"
        yield folded(title.replace("`vllm.envs`", "<code>vllm.envs</code>"), text)


def _kind(change: VariableChange) -> str:
    if change.before is None:
        return "new"
    return "gone" if change.now is None else "other default"


def _variable(change: VariableChange) -> str:
    if change.before is not None and change.now is not None:
        return f"{code(change.name)} ({code(change.before)}, now {code(change.now)})"
    return code(change.name)
