"""What a plugin asks of the engine's own classes and functions, and whether the real release has it.

The reference engine's classes are smaller than the release's. An attribute or a parameter that the release
has is the reference engine's lack; one that the release lacks as well is the plugin's trouble.
"""

import re

from plugin_matrix.model import Cause
from plugin_matrix.model.observation import Raised
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.outcome import Doubt

_NO_ATTRIBUTE = re.compile(r"(?:type object )?'(\w+)'(?: object)? has no attribute '(\w+)'")
_NO_PARAMETER = re.compile(r"([\w.]+)\(\) got an unexpected keyword argument '(\w+)'")


def doubt_about_member(case: Case, raised: Raised) -> Doubt | None:
    """Return the doubt about what was asked of an engine's class; None when the release lacks it too."""
    asked, exists = _asked(case, raised)
    # Of vLLM's own classes what is not there is surely not there, unless it depends on the platform.
    if exists is False or not asked or (case.cell.engine.is_real and exists is None):
        return None
    have = "may have" if exists is None else "has"
    return Doubt(
        Cause.NOT_MODELLED,
        f"The plugin needs {asked}, which vLLM {case.release} {have} and {case.lacking}.",
    )


def _asked(case: Case, raised: Raised) -> tuple[str, bool | None]:
    """Return what was asked, empty where nothing of the engine's was, and whether the release has it."""
    history, release = case.history, case.release
    if raised.type == "AttributeError" and (match := _NO_ATTRIBUTE.match(raised.message)):
        name, member = match[1], match[2]
        # Other configurations than vLLM's come to a plugin from the engine as well: the model's, for one.
        if (_by_plugin(raised) and history.class_exists(release, name)) or name.endswith("Config"):
            return f"{name}.{member}", history.member_exists(release, name, member)
    if raised.type == "TypeError" and (match := _NO_PARAMETER.match(raised.message)) and _by_plugin(raised):
        exists = history.parameter_exists(release, match[1], match[2])
        inherits = exists is None and history.class_exists(release, match[1].rpartition(".")[0] or match[1])
        if exists or inherits:
            return f"the parameter {match[2]} of {match[1]}", exists
    return "", None


def _by_plugin(raised: Raised) -> bool:
    """Tell whether the plugin asked: what the engine asks may be of a plugin's class of the same name."""
    frames = [frame for frame in raised.frames if frame.origin != "other"]
    return bool(frames) and frames[-1].origin == "plugin"
