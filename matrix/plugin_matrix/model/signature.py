"""Signatures, the shapes of calls, and whether one takes the other: Python's binding rules as data."""

from enum import IntEnum

import msgspec


class Kind(IntEnum):
    """How a parameter takes arguments; the values are those of `inspect.Parameter`'s kinds."""

    POSITIONAL_ONLY = 0
    POSITIONAL_OR_KEYWORD = 1
    VAR_POSITIONAL = 2
    KEYWORD_ONLY = 3
    VAR_KEYWORD = 4


class Parameter(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """One parameter of a function."""

    name: str
    kind: Kind = Kind.POSITIONAL_OR_KEYWORD
    has_default: bool = False
    annotation: str = ""
    """Source text, quotes of forward references removed; empty where there is none."""


class Signature(msgspec.Struct, frozen=True, gc=False, cache_hash=True, array_like=True):
    """The parameters of a function, `self` or `cls` included where it is a method."""

    parameters: tuple[Parameter, ...]

    def bound(self) -> "Signature":
        """Return the signature seen through an instance (or, for a class method, its class).

        The first positional parameter is taken away; a `*args` swallows it instead.
        """
        match self.parameters:
            case (Parameter(kind=Kind.POSITIONAL_ONLY | Kind.POSITIONAL_OR_KEYWORD), *rest):
                return Signature(tuple(rest))
            case _:
                return self

    def text(self) -> str:
        """Return the signature as it is written, without annotations: `(a, /, b=..., *, c, **kwargs)`."""
        parts: list[str] = []
        previous: Kind | None = None
        for parameter in self.parameters:
            if previous is Kind.POSITIONAL_ONLY and parameter.kind is not Kind.POSITIONAL_ONLY:
                parts.append("/")
            if parameter.kind is Kind.KEYWORD_ONLY and previous not in {
                Kind.KEYWORD_ONLY,
                Kind.VAR_POSITIONAL,
            }:
                parts.append("*")
            star = {Kind.VAR_POSITIONAL: "*", Kind.VAR_KEYWORD: "**"}.get(parameter.kind, "")
            parts.append(f"{star}{parameter.name}{'=...' if parameter.has_default else ''}")
            previous = parameter.kind
        if previous is Kind.POSITIONAL_ONLY:
            parts.append("/")
        return f"({', '.join(parts)})"


class Shape(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """The arguments of one call without their values."""

    positional: int = 0
    """Number of positional arguments that are not starred."""
    keywords: tuple[str, ...] = ()
    """Names of keyword arguments, in the order written."""
    star: bool = False
    """`*something` is passed too: any number of positional arguments."""
    double_star: bool = False
    """`**something` is passed too: any keywords."""

    def text(self) -> str:
        """Return the call as it reads: `(_, _, block_size=, **)`."""
        parts = ["_"] * self.positional + ["*"] * self.star
        parts += [f"{name}=" for name in self.keywords] + ["**"] * self.double_star
        return f"({', '.join(parts)})"


def unbindable(signature: Signature, shape: Shape) -> str | None:
    """Return why a call of `shape` cannot bind to `signature` in Python's own words; None when it may.

    Where the call passes `*` or `**` only what fails whatever they hold is a failure. `signature` must
    be bound already for calls through an instance.
    """
    positional = [p for p in signature.parameters if p.kind <= Kind.POSITIONAL_OR_KEYWORD]
    by_keyword = {
        p.name for p in signature.parameters if p.kind in {Kind.POSITIONAL_OR_KEYWORD, Kind.KEYWORD_ONLY}
    }
    kinds = {p.kind for p in signature.parameters}
    if shape.positional > len(positional) and Kind.VAR_POSITIONAL not in kinds:
        return f"takes {len(positional)} positional arguments but {shape.positional} were given"
    filled = {p.name for p in positional[: shape.positional] if p.kind is Kind.POSITIONAL_OR_KEYWORD}
    for keyword in shape.keywords:
        if keyword in filled:
            return f"got multiple values for argument {keyword!r}"
        if keyword not in by_keyword and Kind.VAR_KEYWORD not in kinds:
            return f"got an unexpected keyword argument {keyword!r}"
    if shape.double_star:
        by_position = [p for p in positional[shape.positional :] if p.kind is Kind.POSITIONAL_ONLY]
        missing = [] if shape.star else [p for p in by_position if not p.has_default]
    else:
        open_positional = [] if shape.star else positional[shape.positional :]
        keyword_only = [p for p in signature.parameters if p.kind is Kind.KEYWORD_ONLY]
        missing = [
            p for p in (*open_positional, *keyword_only) if not p.has_default and p.name not in shape.keywords
        ]
    if missing:
        names = ", ".join(repr(p.name) for p in missing)
        return f"missing {len(missing)} required argument{'s' * (len(missing) > 1)}: {names}"
    return None
