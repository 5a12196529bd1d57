"""Hints: where it went, what it became, which releases take both forms, and the code for both."""

import msgspec

from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.rules.static.asking import Surface, known, newest
from plugin_matrix.rules.static.grouping import Cause
from plugin_matrix.rules.static.trouble import Trouble
from plugin_matrix.surface.answers import Missing

_MOST_HOMES = 3
_MOST_NAMES = 8
_IMPORTS = {"PM201", "PM202"}


class Advised(msgspec.Struct, frozen=True):
    """What the author can do about one finding."""

    hint: str
    replacement: str | None = None


def advised(cause: Cause, surface: Surface, judged: Mask, otherwise: str) -> Advised:
    """Return the hint for `cause`; `otherwise` where nothing is known of it but its rule."""
    trouble = cause.troubles[-1]
    for one in cause.troubles:
        if one.home is not None:
            trouble = one
            break
    if trouble.home is not None:
        homes = surface.homes(trouble.home.missing, trouble.home.before, cause.mask)
        if homes:
            return _moved(cause, surface, homes, judged)
        if cause.rule == "PM201":
            return Advised(_scattered(cause, surface) or _gone(cause, surface, _names(cause)) or otherwise)
        if cause.rule == "PM202":
            name = cause.subject.rpartition(".")[2]
            return Advised(_gone(cause, surface, [name]) or otherwise)
    changed = next((one for one in cause.troubles if one.before and one.after), None)
    if changed is not None:
        return Advised(f"{_became(cause, changed)} {otherwise}")
    return Advised(otherwise)


def _moved(cause: Cause, surface: Surface, homes: tuple[tuple[str, Mask], ...], judged: Mask) -> Advised:
    axis = surface.axis
    kept: list[tuple[str, Mask]] = []
    covered = 0
    for path, mask in homes:
        if path != cause.subject and mask & ~covered and len(kept) < _MOST_HOMES:
            kept.append((path, mask))
            covered |= mask
    if not kept:
        return Advised("")
    places = "; ".join(f"`{path}` in vLLM {axis.text(mask)}" for path, mask in kept)
    works = judged & ~cause.failing
    told = f"It is {places}."
    path, _ = kept[-1]
    both = works & _has(cause, surface, path)
    if both and len(kept) == 1:
        told += f" vLLM {axis.text(both)} has both."
    replacement = None
    if cause.rule in _IMPORTS and works:
        replacement = _either(cause, kept, works, axis)
    return Advised(told, replacement)


def _scattered(cause: Cause, surface: Surface) -> str:
    """Return where the names went that the plugin takes from a module which has no successor."""
    told = []
    for name in _names(cause):
        before = newest(known(surface.importable(cause.subject, name, surface.axis.all)))
        homes = surface.homes(Missing(cause.subject, name, "name"), before, cause.mask)
        if homes:
            path, mask = homes[-1]
            told.append(f"`{name}` is `{path}` in vLLM {surface.axis.text(mask)}")
    return "; ".join(told[:_MOST_HOMES]) + "." if told else ""


def _gone(cause: Cause, surface: Surface, names: list[str]) -> str:
    """Return that nothing has the names any more, where that is so on all releases from some one on."""
    axis = surface.axis
    if not names or any(name.startswith("_") for name in names):
        return ""  # The index knows the homes of public names only.
    had = [surface.defines(name) & axis.all for name in names]
    gone = axis.all & -(1 << max(mask.bit_length() for mask in had))
    if not all(had) or not gone & cause.mask or len(names) > _MOST_NAMES:
        return ""
    told = ", ".join(f"`{name}`" for name in names)
    return (
        f"No module of vLLM {axis.text(gone)} defines {told}: do without it there, or bound the requirement."
    )


def _has(cause: Cause, surface: Surface, path: str) -> Mask:
    """Return the releases on which everything can be imported from the new place."""
    module, _, name = path.rpartition(".")
    taken = [(module, name)]
    if cause.rule == "PM201":
        taken += [(path, one) for one in _names(cause)]
    found = surface.axis.all
    for asked in taken:
        offered = 0
        for answer in known(surface.importable(*asked, surface.axis.all)):
            if not answer.conditional:
                offered |= answer.mask
        found &= offered
    return found


def _names(cause: Cause) -> list[str]:
    """Return the names that the plugin takes from a missing module."""
    return sorted({name for one in cause.troubles for name in one.names if name != "*"})


def _either(cause: Cause, homes: list[tuple[str, Mask]], works: Mask, axis: ReleaseAxis) -> str | None:
    """Return imports that work on the releases where the old place does and where the new ones do."""
    forms: list[tuple[Mask, str]] = []
    for path, mask in (*homes, (cause.subject, works)):
        statement = _statement(cause, path)
        if statement is None:
            return None
        forms.append((mask, statement))
    forms.sort(key=lambda form: form[0].bit_length(), reverse=True)
    if len(forms) != 2:  # noqa: PLR2004 - one old and one new form; more is no simple replacement
        return None
    (_, newer), (older_mask, older) = forms
    return f"try:\n    {newer}\nexcept ImportError:  # vLLM {axis.text(older_mask)}\n    {older}\n"


def _statement(cause: Cause, path: str) -> str | None:
    if cause.rule == "PM202":
        module, _, name = path.rpartition(".")
        old = cause.subject.rpartition(".")[2]
        return f"from {module} import {name}" + ("" if name == old else f" as {old}")
    names = _names(cause)
    if not names or len(names) > _MOST_NAMES:
        return None
    return f"from {path} import {', '.join(names)}"


def _became(cause: Cause, trouble: Trouble) -> str:
    name = cause.subject.rpartition(".")[2]
    if cause.rule in {"PM403", "PM502"}:
        return f"The plugin's takes `{trouble.before}`, vLLM's `{trouble.after}`."
    return f"`{name}` took `{trouble.before}` and takes `{trouble.after}`."
