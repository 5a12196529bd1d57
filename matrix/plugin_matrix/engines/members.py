"""Members of the real releases' classes: what an attribute error about one of them is worth."""

from collections.abc import Callable
from typing import Self

import msgspec

_WITHOUT_MEMBERS = frozenset({"ABC", "Generic", "Protocol", "TypedDict", "NamedTuple", "object"})
"""Bases that bring nothing a plugin would ask for."""
_WHOLE = frozenset({"Module", "Enum", "IntEnum", "str", "int", "dict", "list", "Exception", "ValueError"})
"""Bases of torch and of the standard library, which the reference engine's classes have as well."""


class ClassFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class over the releases; each maps ranges of releases to names in one text."""

    bases: dict[str, str] = {}
    methods: dict[str, str] = {}
    members: dict[str, str] = {}
    parameters: dict[str, str] = {}
    """`method.parameter`; `method.*` and `method.**` for any."""


MembersByModule = dict[str, dict[str, ClassFacts]]


class ClassesOfRelease(msgspec.Struct, frozen=True):
    """The classes of one name in one release, wherever they are defined."""

    members: frozenset[str]
    parameters: frozenset[str]
    bases: tuple["ClassesOfRelease | None", ...]
    """None for a base that is not indexed."""

    def have(self, member: str) -> bool | None:
        """Tell whether a member is there; None where it may come from a base that is not indexed."""
        return _any([member in self.members, *(base.have(member) if base else None for base in self.bases)])

    def accept(self, function: str, parameter: str) -> bool | None:
        """Tell whether a parameter is taken; a constructor without signature takes the class's fields."""
        own = [name for name in self.parameters if name.partition(".")[0] == function]
        if own:
            return f"{function}.{parameter}" in own or f"{function}.**" in own
        if function == "__init__" and parameter in self.members:
            return True
        if function != "__init__" and not self.bases:
            return None
        return _any([base.accept(function, parameter) if base else None for base in self.bases])

    @classmethod
    def of(
        cls, found: list[ClassFacts], bases: tuple[Self | None, ...], holds: Callable[[str], bool]
    ) -> Self:
        """Return what `found` say of the release that `holds` answers for."""
        return cls(
            frozenset(n for one in found for of in (one.methods, one.members) for n in _names(of, holds)),
            frozenset(name for one in found for name in _names(one.parameters, holds)),
            bases,
        )


def classes_named(
    indexed: MembersByModule, name: str, holds: Callable[[str], bool], below: frozenset[str] = frozenset()
) -> ClassesOfRelease | None:
    """Return the classes of that name with their bases, None where the release has none indexed."""
    found = [of[name] for of in indexed.values() if name in of and _is_there(of[name], holds)]
    if not found:
        return None
    wanted = {base for one in found for base in _names(one.bases, holds)} - _WITHOUT_MEMBERS - _WHOLE - below
    below |= {name}
    bases = tuple(classes_named(indexed, base, holds, below) for base in sorted(wanted - below))
    return ClassesOfRelease.of(found, bases, holds)


def _is_there(facts: ClassFacts, holds: Callable[[str], bool]) -> bool:
    every = (facts.methods, facts.members, facts.parameters, facts.bases)
    return any(holds(ranges) for of in every for ranges in of)


def _names(of: dict[str, str], holds: Callable[[str], bool]) -> list[str]:
    return [name for ranges, names in of.items() if holds(ranges) for name in names.split()]


def _any(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False
