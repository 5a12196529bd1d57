"""The releases a plugin declares: what its requirements on vLLM admit, whatever Python they are read on."""

import re
from collections.abc import Iterable, Iterator

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

from plugin_matrix.model import Plugin
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.rules.requirements import (
    PYTHONS,
    admits_python,
    contradict,
    marker_environment,
    on_vllm,
    those_that_hold,
)

_SYSTEMS = ("linux", "darwin")


class Declared(msgspec.Struct, frozen=True):
    """What a plugin states about vLLM."""

    text: str | None
    """The specifier as stated; None where there is none."""
    mask: Mask
    """Releases that it admits; all where there is none."""
    requirements: tuple[Requirement, ...] = ()
    """The lines that state it."""
    extra: str | None = None
    """The extra that the requirement stands under, where there is none without one."""
    contradictory: bool = False
    """No version whatever satisfies the requirements, on any Python."""

    @property
    def capped(self) -> bool:
        """Whether it keeps future releases out."""
        return any(one.operator in {"<", "<=", "==", "===", "~="} for one in _specifiers(self.requirements))

    @property
    def lines(self) -> str:
        """The requirements in one line."""
        return ", ".join(map(str, self.requirements))


def declared_on(plugin: Plugin, axis: ReleaseAxis) -> Declared:
    """Return what `plugin` declares on the releases of `axis`.

    A requirement under an extra counts where there is none without: it is what the author says the plugin
    is for. Alternatives (by Python, by extra) admit what any of them admits.
    """
    requirements = on_vllm(plugin)
    for extra, groups in _alternatives(plugin, requirements):
        if groups:
            return _declared(tuple(groups.values()), axis, extra)
    return Declared(None, axis.all)


def _alternatives(
    plugin: Plugin, requirements: tuple[Requirement, ...]
) -> Iterator[tuple[str | None, dict[tuple[str, ...], tuple[Requirement, ...]]]]:
    """Yield the requirements that hold together: without an extra, then with each extra there is."""
    pythons = tuple(one for one in PYTHONS if admits_python(plugin.requires_python, one)) or PYTHONS
    for system in _SYSTEMS:
        yield None, _together(requirements, [marker_environment(one, system=system) for one in pythons])
    for system in _SYSTEMS:
        extras = sorted(_extras(requirements))
        environments = [marker_environment(one, extra, system) for one in pythons for extra in extras]
        yield ", ".join(extras), _together(requirements, environments)


def _together(
    requirements: tuple[Requirement, ...], environments: Iterable[dict[str, str]]
) -> dict[tuple[str, ...], tuple[Requirement, ...]]:
    found: dict[tuple[str, ...], tuple[Requirement, ...]] = {}
    for environment in environments:
        if holding := those_that_hold(requirements, environment):
            found.setdefault(tuple(sorted({str(one.specifier) for one in holding})), holding)
    return found


def _declared(groups: tuple[tuple[Requirement, ...], ...], axis: ReleaseAxis, extra: str | None) -> Declared:
    mask, texts = 0, []
    for together in groups:
        specifiers = _specifiers(together)
        # The releases of the axis are public versions; whether a local one can be had is another question.
        mask |= axis.matching(SpecifierSet(",".join(map(_public, specifiers))))
        texts.append(",".join(dict.fromkeys(map(str, specifiers))))
    text = " or ".join(dict.fromkeys(text for text in texts if text))
    return Declared(
        text if text and all(texts) else None,
        mask,
        tuple(dict.fromkeys(one for together in groups for one in together)),
        extra,
        all(contradict(together) for together in groups),
    )


def _specifiers(requirements: Iterable[Requirement]) -> list[Specifier]:
    """Return all specifiers, lower bounds first as people write them."""
    found = {one for requirement in requirements for one in requirement.specifier}
    return sorted(found, key=lambda one: ("><=!~".index(one.operator[0]), str(one)))


def _public(specifier: Specifier) -> str:
    if is_local(specifier):
        return f"=={Version(specifier.version).public}"
    return str(specifier)


def is_local(specifier: Specifier) -> bool:
    """Tell whether `specifier` pins a local version, `==0.15.1+cpu`."""
    return specifier.operator in {"==", "==="} and "+" in specifier.version


def _extras(requirements: Iterable[Requirement]) -> set[str]:
    """Return the extras that the requirements' markers name."""
    return {
        extra
        for requirement in requirements
        if requirement.marker is not None
        for extra in re.findall(r"""extra\s*==\s*["']([^"']+)["']""", str(requirement.marker))
    }
