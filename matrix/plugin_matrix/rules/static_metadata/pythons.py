"""PM112 and PM113: whether any Python runs both the plugin and the engine."""

from collections.abc import Iterator

from packaging.tags import Tag, parse_tag

from plugin_matrix.model import Evidence, SurfaceFinding
from plugin_matrix.rules.requirements import PYTHONS, admits_python
from plugin_matrix.rules.static_metadata.case import MetadataCase


def pythons(case: MetadataCase) -> Iterator[SurfaceFinding]:
    """Judge `Requires-Python` and the wheel's tags against the Pythons of each release."""
    stated = case.plugin.requires_python
    mine = {one for one in PYTHONS if admits_python(stated, one)}
    if stated and mine:
        excluded = _without(case, mine)
        if excluded:
            yield case.found(
                "PM112",
                case.plugin.name,
                f"Requires-Python {stated} leaves no Python on which {_engines(case, excluded)} runs.",
                excluded,
                (Evidence(file="METADATA", text=f"Requires-Python: {stated}"),),
            )
    yield from _tags(case, mine or set(PYTHONS))


def _tags(case: MetadataCase, mine: set[str]) -> Iterator[SurfaceFinding]:
    tags = {tag for text in case.plugin.wheel_tags for tag in parse_tag(text)}
    if not tags:
        return
    evidence = (Evidence(file="WHEEL", text=f"Tag: {', '.join(case.plugin.wheel_tags)}"),)
    if all(tag.platform.startswith("win") for tag in tags):
        message = "This wheel is for Windows, which no release of vLLM supports."
        yield case.found("PM113", case.plugin.name, message, case.mask, evidence)
        return
    for_python = {one for one in mine if any(_runs_on(tag, int(one.partition(".")[2])) for tag in tags)}
    if excluded := _without(case, for_python) & ~_without(case, mine):
        message = f"This wheel is for no Python on which {_engines(case, excluded)} runs."
        yield case.found("PM113", case.plugin.name, message, excluded, evidence)


def _runs_on(tag: Tag, minor: int) -> bool:
    """Tell whether CPython 3.`minor` takes a wheel of that interpreter and ABI tag."""
    version = tag.interpreter[2:]
    if tag.interpreter.startswith("py"):
        return version == "3" or (
            version.startswith("3") and version[1:].isdigit() and int(version[1:]) <= minor
        )
    if not (tag.interpreter.startswith("cp3") and version[1:].isdigit()):
        return False
    built_for = int(version[1:])
    return built_for <= minor if tag.abi == "abi3" else built_for == minor


def _without(case: MetadataCase, mine: set[str]) -> int:
    """Return the releases that run on none of the Pythons `mine`."""
    facts = case.history.release_facts
    by_text: dict[str, list[str]] = {}
    for release in case.axis.names(case.mask):
        if release in facts:
            by_text.setdefault(facts[release].requires_python, []).append(release)
    return case.axis.mask(
        release
        for stated, releases in by_text.items()
        if not any(admits_python(stated, one) for one in mine)
        for release in releases
    )


def _engines(case: MetadataCase, mask: int) -> str:
    return f"vLLM {case.axis.text(mask)}"
