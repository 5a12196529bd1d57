"""What is known of values in a plugin's conditions: constants, and vLLM's version in all its forms."""

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from plugin_matrix.plugins.uses import releases
from plugin_matrix.plugins.uses.expressions import TEXT_METHODS
from plugin_matrix.plugins.uses.guards import ALWAYS, NEVER, disjunction
from plugin_matrix.plugins.uses.records import Guard, HasArchitecture, OnRelease, Unknown

_NUMBERS = {"major": 0, "minor": 1, "micro": 2}


class Known(msgspec.Struct, frozen=True):
    """A value of the plugin that is known."""

    value: str | int | float | bool | None


class KnownVersion(msgspec.Struct, frozen=True):
    """`Version(text)`."""

    text: str


class KnownSpecifier(msgspec.Struct, frozen=True):
    """`SpecifierSet(text)`."""

    text: str


class Several(msgspec.Struct, frozen=True):
    """A tuple, list or set."""

    facts: tuple["Fact", ...]


class Holds(msgspec.Struct, frozen=True):
    """A truth that depends on the release."""

    guard: Guard


class Architectures(msgspec.Struct, frozen=True):
    """The names of all models that vLLM's registry lists."""


class Untold(msgspec.Struct, frozen=True):
    """Not known."""


Fact = releases.ReleaseForm | Known | KnownVersion | KnownSpecifier | Several | Holds | Architectures | Untold
Arguments = dict[str, Fact]

UNTOLD = Untold()


def compare(operator: str, left: Fact, right: Fact) -> Guard | None:  # noqa: C901, PLR0911, PLR0912 - one return per kind
    """Return where `left operator right` holds; None where that cannot be told."""
    match left, right:
        case releases.ReleaseVersion(), KnownVersion(text) | Known(str() as text):
            return releases.compare_version(operator, text)
        case releases.ReleaseText(), KnownVersion(text):
            return releases.compare_version(operator, text)
        case releases.ReleaseText(), Known(str() as text):
            return releases.compare_text(operator, text)
        case releases.ReleaseNumber(position), Known(int() as number):
            return releases.compare_number(operator, position, number)
        case (
            releases.ReleaseText() | releases.ReleaseVersion() | releases.ReleaseNumbers(),
            Several(facts),
        ) if operator == "in":
            guards = [compare("==", left, fact) for fact in facts]
            return None if any(guard is None for guard in guards) else disjunction(g for g in guards if g)
        case releases.ReleaseNumbers(length), Several(facts):
            numbers = tuple(
                fact.value for fact in facts if isinstance(fact, Known) and isinstance(fact.value, int)
            )
            if len(numbers) < len(facts):
                return None
            return releases.compare_numbers(operator, length, numbers)
        case releases.ReleaseText() | releases.ReleaseVersion(), KnownSpecifier(text) if operator == "in":
            return OnRelease("specifier", text)
        case Known(str() as part), releases.ReleaseText() if operator == "in":
            return releases.contains_text(part)
        case Known(str() as name), Architectures() if operator == "in":
            return HasArchitecture(name)
        case (
            (Known() | KnownVersion() | Several()),
            (
                releases.ReleaseText()
                | releases.ReleaseVersion()
                | releases.ReleaseNumbers()
                | releases.ReleaseNumber()
            ),
        ):
            turned = releases.mirrored(operator)
            return None if turned is None else compare(turned, right, left)
        case Known(one), Known(two) if operator == "==":
            return ALWAYS if one == two else NEVER
        case Known(one), Several(facts) if operator == "in" and all(
            isinstance(fact, Known) for fact in facts
        ):
            return ALWAYS if Known(one) in facts else NEVER
        case _:
            return None


def holds(fact: Fact, text: str) -> Guard:
    """Return where a value is true; `text` says what it is where that cannot be told."""
    match fact:
        case Holds(guard):
            return guard
        case Known(constant):
            return ALWAYS if constant else NEVER
        case Several(facts):
            return ALWAYS if facts else NEVER
        case Untold() | releases.ReleaseNumber():
            return Unknown(text)
        case _:
            return ALWAYS


def telling(facts: "list[Fact] | tuple[Fact, ...]") -> Fact:
    """Return the alternative that speaks of the release: where a plugin lets a variable override it too."""
    for fact in facts:
        if isinstance(fact, releases.ReleaseForm):
            return fact
    told = [fact for fact in facts if not isinstance(fact, Untold)]
    return told[0] if len(told) == len(facts) and all(fact == told[0] for fact in told) and told else UNTOLD


def specifier(fact: Fact) -> Fact:
    """Return `SpecifierSet(fact)`."""
    match fact:
        case Known(str() as text):
            try:
                SpecifierSet(text)
            except InvalidSpecifier:
                return UNTOLD
            return KnownSpecifier(text)
        case _:
            return UNTOLD


def member(base: Fact, name: str) -> Fact:
    """Return the attribute `name` of a version."""
    match base, name:
        case releases.ReleaseVersion(), "release":
            return releases.ReleaseNumbers()
        case releases.ReleaseVersion(), "major" | "minor" | "micro":
            return releases.ReleaseNumber(_NUMBERS[name])
        case ((releases.ReleaseVersion() | releases.ReleaseText()), "base_version" | "public" | "version"):
            return releases.ReleaseText()
        case _:
            return UNTOLD


def method(base: Fact, name: str, facts: list[Fact]) -> Fact:
    """Return what calling a method of a version, a text or a specifier gives."""
    match base, name, facts:
        case releases.ReleaseText(), "startswith", [Known(str() as prefix)]:
            guard = releases.starts_with(prefix)
        case releases.ReleaseText(), "startswith", [Several(several)]:
            guards = [
                releases.starts_with(one.value)
                if isinstance(one, Known) and isinstance(one.value, str)
                else None
                for one in several
            ]
            guard = None if any(one is None for one in guards) else disjunction(one for one in guards if one)
        case releases.ReleaseText(), "split", [Known("."), *_]:
            return releases.ReleaseNumbers()
        case releases.ReleaseText(), "split" | "partition" | "strip" | "lstrip" | "removeprefix", _:
            # `split("+")[0]`, `lstrip("v")`: still the version.
            return Several((base,)) if name in {"split", "partition"} else base
        case Known(str() as text), _, [] if name in TEXT_METHODS:
            return Known(getattr(text, name)())
        case KnownSpecifier(text), "contains", [releases.ReleaseText() | releases.ReleaseVersion(), *_]:
            return Holds(OnRelease("specifier", text))
        case _:
            return UNTOLD
    return UNTOLD if guard is None else Holds(guard)


def item(base: Fact, index: int | None, stop: int | None) -> Fact:
    """Return `base[index]`, or `base[:stop]` where `index` is None."""
    match base:
        case releases.ReleaseNumbers(None) | releases.ReleaseNumbers():
            if index is None:
                return releases.ReleaseNumbers(stop) if stop and stop > 0 else UNTOLD
            return releases.ReleaseNumber(index) if index >= 0 else UNTOLD
        case Several(facts) if index is not None and -len(facts) <= index < len(facts):
            return facts[index]
        case _:
            return UNTOLD
