"""Verdicts: a tagged union that every consumer matches exhaustively."""

from enum import StrEnum

import msgspec

from plugin_matrix.model.finding import Finding, Level


class Tier(StrEnum):
    """Kinds of evidence a verdict can rest on."""

    SURFACE = "surface"
    """The plugin's source was held against the sources of the release."""

    CONTRACT = "contract"
    """The plugin ran on the reference engine."""

    ENGINE = "engine"
    """The plugin ran on vLLM itself."""


class Reason(StrEnum):
    """Why a plugin is not judged on an engine and platform."""

    ENGINE_NOT_DECLARED = "engine-not-declared"
    PYTHON_NOT_DECLARED = "python-not-declared"
    WHEEL_TAG = "wheel-tag"
    GROUPS_NOT_READ = "groups-not-read"
    ENGINE_PYTHON = "engine-python"
    NO_DEVICE = "no-device"
    """The platform's accelerator is not there, or cells cannot be given it."""


class Cause(StrEnum):
    """Why a cell could not be decided; always trouble of ours or of the machine, never a finding."""

    ARTEFACT = "artefact"
    """The plugin could not be downloaded, opened or built."""
    DEPENDENCY = "dependency"
    """A dependency of the plugin other than vLLM or torch is not installed."""
    DISK = "disk"
    ENVIRONMENT = "environment"
    """The engine's environment could not be made."""
    INTERRUPTED = "interrupted"
    NOT_MODELLED = "not-modelled"
    """The plugin needs a part of vLLM that the release has and this engine lacks: the reference engine does
    not model it, or real vLLM runs without it, because it is compiled or belongs to another platform."""
    PROBE = "probe"
    """The probe itself failed or wrote something that is not an observation."""
    SANDBOX = "sandbox"
    STAND_IN = "stand-in"
    """What failed had taken answers of a stand-in for an absent module."""
    TIMEOUT = "timeout"
    """The harness ran out of time for reasons that are not the plugin's."""
    TORCH = "torch"
    """The check needs torch and the platform has none."""


class Compatible(msgspec.Struct, frozen=True, tag="compatible"):
    """No finding at error level; `findings` holds warnings and advice."""

    findings: tuple[Finding, ...] = ()


class Incompatible(msgspec.Struct, frozen=True, tag="incompatible"):
    """At least one finding at error level."""

    findings: tuple[Finding, ...]


class NotApplicable(msgspec.Struct, frozen=True, tag="not-applicable"):
    """The plugin says, or the release makes it clear, that this combination is not meant to work."""

    reason: Reason
    detail: str


class Undetermined(msgspec.Struct, frozen=True, tag="undetermined"):
    """We could not tell; `findings` holds what was seen before that."""

    cause: Cause
    detail: str
    findings: tuple[Finding, ...] = ()


Verdict = Compatible | Incompatible | NotApplicable | Undetermined


def word(verdict: Verdict) -> str:
    """Return the verdict as one word, the one that tags it in `results.json`."""
    return str(verdict.__struct_config__.tag)


def findings_of(verdict: Verdict) -> tuple[Finding, ...]:
    """Return the findings that a verdict holds, whatever it is."""
    match verdict:
        case Compatible(findings) | Incompatible(findings) | Undetermined(findings=findings):
            return findings
        case NotApplicable():
            return ()


def with_findings(verdict: Verdict, findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict that the same run deserves with other findings."""
    match verdict:
        case Compatible() | Incompatible():
            broken = any(finding.level is Level.ERROR for finding in findings)
            return Incompatible(findings) if broken else Compatible(findings)
        case Undetermined(cause, detail):
            return Undetermined(cause, detail, findings)
        case NotApplicable():
            return verdict
