"""Witnesses: for a finding told from source, the smallest program that shows it on the real release.

A program holds what the plugin does and nothing of the plugin, so that it can be run on an engine alone. It
is run on a release that is predicted to break and on one that is not; only where the first fails in the way
predicted and the second does not is the finding confirmed.
"""

from enum import StrEnum

import msgspec

from plugin_matrix.model.signature import Shape, Signature


class ImportName(msgspec.Struct, frozen=True, tag="import"):
    """`import module`, or `from module import name`."""

    module: str
    name: str | None = None

    def text(self) -> str:
        """Return it as Python."""
        return f"import {self.module}" if self.name is None else f"from {self.module} import {self.name}"


class LookUp(msgspec.Struct, frozen=True, tag="look-up"):
    """Look up an attribute of a module or class, or of the instances of a class."""

    owners: tuple[str, ...]
    """Dotted paths; of several classes the attribute is that of a class which derives from all."""
    name: str
    instance: bool = False
    """What methods set counts too."""
    elsewhere: str | None = None
    """Where the owner is on releases that do not have it there."""

    def text(self) -> str:
        """Return it as Python."""
        owner = self.owners[0] if len(self.owners) == 1 else f"type('', ({', '.join(self.owners)}), {{}})"
        return f"an instance of {owner}: .{self.name}" if self.instance else f"{owner}.{self.name}"


class BindCall(msgspec.Struct, frozen=True, tag="bind"):
    """Bind a call to the signature of the first of some things that is there."""

    paths: tuple[str, ...]
    shape: Shape
    bound: bool = False
    """Called through an instance: the first parameter of a plain function is filled."""

    def text(self) -> str:
        """Return it as Python."""
        return f"inspect.signature({self.paths[0]}).bind{self.shape.text()}"


class TakeCall(msgspec.Struct, frozen=True, tag="take"):
    """Let a function of the plugin's take the call that vLLM makes of the one whose place it takes."""

    paths: tuple[str, ...]
    """Where vLLM's own is, the first that is there."""
    signature: Signature
    """The plugin's, without the parameter that is filled."""
    bound: bool = False
    """vLLM's own is called through an instance."""
    shape: Shape | None = None
    """The call; None for what vLLM's own demands of every caller."""
    caller: str = ""
    """The module of vLLM that makes it."""

    def text(self) -> str:
        """Return it as Python."""
        _, _, name = self.paths[0].rpartition(".")
        call = self.shape.text() if self.shape else "(what it demands)"
        by = f", as {self.caller} does" if self.caller else ""
        return f"{self.paths[0]} replaced by def {name}{self.signature.text()}, called with {call}{by}"


class MakeInstance(msgspec.Struct, frozen=True, tag="instance"):
    """Derive from vLLM's classes, give some members and make an instance."""

    bases: tuple[str, ...]
    members: tuple[str, ...]
    left_out: str
    """The member whose absence is predicted to prevent it."""

    def text(self) -> str:
        """Return it as Python."""
        return f"class A({', '.join(self.bases)}) without {self.left_out}; A()"


class DeriveDataclass(msgspec.Struct, frozen=True, tag="dataclass"):
    """Derive a dataclass with fields of its own from one of vLLM's."""

    base: str
    fields: tuple[tuple[str, bool], ...]
    """Names, and whether each has a default."""

    def text(self) -> str:
        """Return it as Python."""
        fields = "; ".join(f"{name}: object{' = None' if default else ''}" for name, default in self.fields)
        return f"@dataclass class A({self.base}): {fields}"


class FindKind(msgspec.Struct, frozen=True, tag="kind"):
    """See what kind of member vLLM's class has where the plugin puts one of another kind."""

    paths: tuple[str, ...]
    kind: str
    """The plugin's: `property`, `method` or `class or static method`."""

    def text(self) -> str:
        """Return it as Python."""
        return f"{self.paths[0]} is a {self.kind}"


Program = ImportName | LookUp | BindCall | TakeCall | MakeInstance | DeriveDataclass | FindKind


class Prediction(msgspec.Struct, frozen=True):
    """A program, and where it fails if the finding is right."""

    program: Program
    on: str
    """The broken release that the program was made for."""
    fails: frozenset[str] = frozenset()
    """All releases on which it fails, whether the plugin comes so far or not."""


class Confirmation(StrEnum):
    """What came of running a program."""

    CONFIRMED = "confirmed"
    """It fails as predicted where that was predicted, and works where that was."""
    REFUTED = "refuted"
    """It works on both: the prediction is wrong, and fails no gate."""
    NOT_TESTABLE = "not-testable"
    """Nothing was learnt; `reason` says why."""


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A program that was run to show a finding, and what came of it."""

    confirmation: Confirmation
    program: str = ""
    """What was run, as Python or nearly so."""
    failed_on: str | None = None
    """The release it was run on where it is predicted to fail."""
    said: str = ""
    """What it raised there."""
    also: tuple[str, ...] = ()
    """Further releases on which the same came of it."""
    worked_on: str | None = None
    """The release it was run on where it is predicted to work."""
    plugin_did: str = ""
    """What the plugin itself did on `failed_on` although it is predicted to fail at it."""
    reason: str = ""
    """Why nothing was learnt."""

    @property
    def text(self) -> str:
        """All of it as a sentence."""
        also = f" So on {', '.join(self.also)}." if self.also else ""
        match self.confirmation:
            case Confirmation.CONFIRMED:
                fails = f"{self.program} fails on vLLM {self.failed_on} ({self.said})"
                return f"Confirmed: {fails} and works on {self.worked_on}.{also}"
            case Confirmation.REFUTED if self.plugin_did:
                though = f", though {self.program} fails there ({self.said})" if self.said else ""
                return f"Refuted: {self.plugin_did} works on vLLM {self.failed_on}{though}.{also}"
            case Confirmation.REFUTED:
                return (
                    f"Refuted: {self.program} works on vLLM {self.failed_on}, as on {self.worked_on}.{also}"
                )
            case Confirmation.NOT_TESTABLE:
                return f"Not testable: {self.reason}{also}"
