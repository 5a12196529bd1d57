"""What an error says is absent, and whether its absence is the plugin's trouble or the cell's.

The reference engine has less than a release, the environment lacks what the release would bring, the
platform may have no torch: what fails for such reasons is no finding.
"""

import re
import sys

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from plugin_matrix.model import Cause, EngineKind
from plugin_matrix.model.observation import Raised, Scenario
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.evidence import exception, plain
from plugin_matrix.rules.members import doubt_about_member
from plugin_matrix.rules.outcome import Doubt
from plugin_matrix.rules.stand_ins import doubt_of_stand_ins

_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_NO_NAME = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")
_NO_MEMBER = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_NO_LIBRARY = re.compile(r"cannot open shared object file|undefined symbol|DLL load failed")
_NO_OPERATION = re.compile(r"'_OpNamespace' '\w*_C\w*' object has no attribute|torch\.ops\.\w*_C\w*")
"""How torch tells that an operation of vLLM's compiled part is not there."""
_BUILT_WITH_VLLM = re.compile(
    r"vllm\.(?:\w*_C(?:_\w+)?|_version|commit_id|cumem_allocator|spinloop|triton_kernels|fmha_sm100|tml_fa4"
    r"|(?:vllm_flash_attn|third_party|grpc)(?:\.[\w.]+)?)"
)
"""Modules that vLLM's build makes or copies in, and that no source of a release shows (setup.py, 0.33.0)."""

_STANDARD_LIBRARY = sys.stdlib_module_names | {
    *("annotationlib", "asynchat", "asyncore", "cgi", "compression", "distutils", "imp", "lib2to3"),
    *("pipes", "smtpd", "telnetlib", "tomllib"),
}
"""Of all CPythons that cells run on, not only of the one that runs the harness."""


class Lack(msgspec.Struct, frozen=True):
    """A module that could not be imported, or a name that a module lacks."""

    module: str
    name: str | None = None

    @property
    def text(self) -> str:
        """The dotted name."""
        return self.module if self.name is None else f"{self.module}.{self.name}"


def doubt_about(case: Case, ran: Scenario, raised: Raised) -> Doubt | None:
    """Return why `raised` may not be the plugin's doing, None when it surely is."""
    lack = direct_lack(raised)
    if lack is not None and _is_own_or_standard(case, raised, lack):
        return None
    for one in (lack, *_lacks_told(raised)):
        doubt = None if one is None else _doubt_of_lack(case, raised, one)
        if doubt is not None:
            return doubt
    doubt = _doubt_of_traces(case, ran, raised)
    is_vllms = lack is not None and lack.module.partition(".")[0] == "vllm"
    return doubt if doubt is not None or is_vllms else doubt_of_stand_ins(ran, raised)


def _doubt_of_traces(case: Case, ran: Scenario, raised: Raised) -> Doubt | None:
    """Return the doubt that an absence casts on an exception that does not name it."""
    member = doubt_about_member(case, raised)
    if member is not None:
        return member
    if ran.not_modelled or raised.message.startswith("the reference engine does not model"):
        wanted = ", ".join(plain(name) for name in ran.not_modelled[:5]) or plain(raised.message)
        return Doubt(
            Cause.NOT_MODELLED,
            f"{exception(raised)}, after it asked for {wanted}, which the reference engine does not model.",
        )
    if case.cell.engine.is_real and _NO_OPERATION.search(raised.message):
        return Doubt(
            Cause.NOT_MODELLED,
            f"{exception(raised)}: an operation that vLLM {case.release} has and {case.lacking}.",
        )
    if _NO_LIBRARY.search(raised.message):
        return Doubt(Cause.DEPENDENCY, f"A shared library is absent: {exception(raised)}")
    if ran.missing_modules and _smells_of_absence(raised):
        names = ", ".join(plain(name) for name in ran.missing_modules[:5])
        return Doubt(Cause.DEPENDENCY, f"{exception(raised)}, with {names} not installed.")
    return None


def direct_lack(raised: Raised) -> Lack | None:
    """Return what an import or attribute error says is absent; None for other exceptions."""
    if raised.type == "AttributeError":
        member = _NO_MEMBER.search(raised.message)
        return Lack(member[1], member[2]) if member else None
    if raised.missing_module:
        name = _NO_NAME.search(raised.message)
        if raised.missing_name or name:
            return Lack(raised.missing_module, raised.missing_name or (name and name[1]) or None)
        # `ImportError(name=...)` without "No module named" comes from a module that is there.
        return Lack(raised.missing_module) if _NO_MODULE.search(raised.message) else None
    return next(iter(_lacks_in(raised.message)), None) if raised.type.endswith("Error") else None


def _lacks_told(raised: Raised) -> list[Lack]:
    """Return what the cause names: `raise RuntimeError(...) from error`, or a fallback import that failed."""
    return _lacks_in(raised.cause or "")


def _lacks_in(text: str) -> list[Lack]:
    found = [Lack(match[1]) for match in _NO_MODULE.finditer(text)]
    found += [Lack(match[2], match[1]) for match in _NO_NAME.finditer(text)]
    found += [Lack(match[1], match[2]) for match in _NO_MEMBER.finditer(text)]
    return found[-3:]


def _doubt_of_lack(case: Case, raised: Raised, lack: Lack) -> Doubt | None:
    """Return the doubt that something absent raises; None when the real release lacks it as well."""
    top = lack.module.partition(".")[0]
    if top == "vllm":
        known = _in_release(case, lack)
        if known is False:
            return None
        have = "may have" if known is None else "has"
        return Doubt(
            Cause.NOT_MODELLED,
            f"The plugin needs {lack.text}, which vLLM {case.release} {have} and {case.lacking}.",
        )
    if _is_own_or_standard(case, raised, lack):
        return None
    if top == "torch" and not case.has_torch:
        return Doubt(Cause.TORCH, f"The plugin needs {lack.text}, and this platform has no torch.")
    what = f"no {lack.module}" if lack.name is None else f"a version of {top} without {lack.text}"
    return Doubt(Cause.DEPENDENCY, f"The environment has {what}, which the plugin needs.")


def _in_release(case: Case, lack: Lack) -> bool | None:
    """Tell whether the real release, whole and on a platform of its own, has what is lacking here."""
    if _BUILT_WITH_VLLM.fullmatch(lack.module) or (lack.name and _BUILT_WITH_VLLM.fullmatch(lack.text)):
        return None
    engine = case.cell.engine
    if engine.is_real:
        # Its own files were there to be imported; what a module binds can depend on the platform.
        return bool(lack.name and engine.kind is not EngineKind.CHECKOUT and _is_bound(case, lack))
    if lack.name is None:
        return case.history.module_exists(case.release, lack.module)
    return _is_bound(case, lack)


def _is_bound(case: Case, lack: Lack) -> bool | None:
    if case.history.module_exists(case.release, lack.text):
        return True
    return case.history.name_exists(case.release, lack.module, lack.name or "")


def _is_own_or_standard(case: Case, raised: Raised, lack: Lack) -> bool:
    top = lack.module.partition(".")[0]
    if top in _STANDARD_LIBRARY:
        return True
    own = {
        frame.file.split("/")[0].removesuffix(".py") for frame in raised.frames if frame.origin == "plugin"
    }
    return top != "vllm" and (top in own or (top in case.tops and not is_requirement(case, top)))


def is_requirement(case: Case, module: str) -> bool:
    """Tell whether a top-level module is another distribution that the plugin requires."""
    wanted = canonicalize_name(module)
    return wanted != canonicalize_name(case.plugin.name) and wanted in _required(case)


def _required(case: Case) -> set[str]:
    names = set()
    for text in case.plugin.requires_dist:
        try:
            names.add(str(canonicalize_name(Requirement(text).name)))
        except InvalidRequirement:
            continue
    return names


def _smells_of_absence(raised: Raised) -> bool:
    """Tell whether an exception is what a guarded import that failed leaves behind."""
    if raised.type == "NameError":
        return True
    return raised.type in {"AttributeError", "TypeError"} and "NoneType" in raised.message
