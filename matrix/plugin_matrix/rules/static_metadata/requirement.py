"""PM103, PM105 to PM108: what the plugin requires of vLLM, and the specifier to state instead."""

from collections.abc import Iterator

from packaging.specifiers import Specifier
from packaging.version import Version

from plugin_matrix.model import Evidence, SurfaceFinding
from plugin_matrix.rules.metadata import contradiction
from plugin_matrix.rules.static_metadata.case import MetadataCase
from plugin_matrix.rules.static_metadata.declared import is_local
from plugin_matrix.rules.static_metadata.proposal import newer, propose


def requirement(case: MetadataCase) -> Iterator[SurfaceFinding]:
    """Judge the declared range against the releases on which nothing breaks."""
    declared = case.declared
    if declared.contradictory:
        yield case.stated(contradiction(case.plugin, declared.requirements), case.mask)
        return
    yield from _local_pins(case)
    if declared.text is None:
        yield _missing(case)
    elif case.mask & declared.mask & case.broken:
        if case.mask & ~case.broken:
            yield _too_wide(case)
    elif case.mask & declared.mask:
        yield from _too_narrow(case)


def _local_pins(case: MetadataCase) -> Iterator[SurfaceFinding]:
    """Yield unconditional pins on a local version; what stands under an extra nobody has to ask for."""
    if case.declared.extra is not None:
        return
    for line in case.declared.requirements:
        for specifier in filter(is_local, line.specifier):
            yield case.found(
                "PM108",
                case.plugin.name,
                f"{line} asks for a local version, and the package index has none.",
                case.mask,
                (_line(str(line)),),
                hint=f"State vllm=={_public(specifier)}, and say in the README where its build comes from.",
            )


def _public(specifier: Specifier) -> str:
    return Version(specifier.version).public


def _missing(case: MetadataCase) -> SurfaceFinding:
    stated = "requires vllm and does not say which" if case.declared.requirements else "does not require vllm"
    breaks = f" It breaks on {_text(case, case.mask & case.broken)}." if case.mask & case.broken else ""
    return case.found(
        "PM105",
        case.plugin.name,
        f"The plugin {stated}.{breaks}",
        case.mask,
        map(_line, case.declared.lines.split("\n") if case.declared.requirements else ()),
        hint=_hint(case),
    )


def _too_wide(case: MetadataCase) -> SurfaceFinding:
    inside = case.mask & case.declared.mask & case.broken
    return case.found(
        "PM106",
        case.plugin.name,
        f"vllm{case.declared.text} admits {_text(case, inside)}, where the plugin breaks.",
        inside,
        (_line(case.declared.lines),),
        hint=_hint(case),
        within=case.declared.mask,
    )


def _too_narrow(case: MetadataCase) -> Iterator[SurfaceFinding]:
    inside = case.mask & case.declared.mask
    outside = newer(case.axis, inside, case.mask & ~case.broken & ~case.doubtful)
    if outside:
        yield case.found(
            "PM107",
            case.plugin.name,
            f"vllm{case.declared.text} excludes {_text(case, outside)}, against which nothing was found.",
            outside,
            (_line(case.declared.lines),),
            hint=_hint(case),
        )


def _hint(case: MetadataCase) -> str | None:
    """Return the specifier to state; None, for the rule's own hint, where no release is sound."""
    proposed = propose(case.axis, case.mask, case.mask & ~case.broken, case.declared, case.doubtful)
    where = "the dependencies" if case.declared.extra is None else f"the extra ({case.declared.extra})"
    return None if proposed is None else f'State "vllm{proposed}" in {where}.'


def _text(case: MetadataCase, mask: int) -> str:
    return case.axis.text(mask)


def _line(text: str) -> Evidence:
    return Evidence(file="METADATA", text=f"Requires-Dist: {text}")
