"""Rules and findings: what can be wrong, and what is."""

import hashlib
from enum import StrEnum

import msgspec
from packaging.utils import canonicalize_name


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """Breaks when loaded or called."""
    WARNING = "warning"
    """Breaks on a path that may be taken."""
    ADVICE = "advice"
    """Works, against a guideline of vLLM's."""

    def reaches(self, other: "Level") -> bool:
        """Tell whether this is as bad as `other`, or worse."""
        return _RANKS[self] <= _RANKS[other]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that can be wrong, as data (`rules/catalogue.toml`)."""

    id: str
    name: str
    level: Level
    summary: str
    effect: str
    """What users of the plugin see."""
    hint: str
    """What the plugin's author does about it."""
    source: str = ""
    """Where vLLM behaves so: file, line and release."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding rests on; any part may be unknown."""

    file: str | None = None
    """Path inside the plugin or engine, never of the machine."""
    line: int | None = None
    symbol: str | None = None
    text: str | None = None
    """An exception's last line, a log line, a before and after."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with one plugin on one engine and platform."""

    rule: str
    level: Level
    subject: str
    """What it is about: an entry point id, an architecture, a class, a symbol."""
    message: str
    effect: str
    hint: str
    evidence: tuple[Evidence, ...] = ()
    stand_ins: tuple[str, ...] = ()
    """Absent modules that were stood in for where it was seen."""
    known: str | None = None
    """Why the project accepts it for now, where it is one of its known problems; it then fails no gate."""

    def fingerprint(self, plugin: str) -> str:
        """Return 16 hex digits equal for the same trouble in every run, engine and version.

        `plugin` is the distribution's name, in any spelling. Lines, versions and message texts do not enter.
        """
        content = f"{self.rule}\0{canonicalize_name(plugin)}\0{self.subject}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]
