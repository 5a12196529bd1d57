"""Conditions: from a symbolic test to the guard that says on which releases it holds."""

from typing import TYPE_CHECKING

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses import releases
from plugin_matrix.plugins.uses.expressions import (
    Argument,
    Comparison,
    Connective,
    Either,
    Elements,
    Expression,
    Function,
    Invoke,
    Item,
    Items,
    Literal,
    Member,
    Negation,
    Opaque,
    Present,
    Ref,
    Told,
    leaves,
)
from plugin_matrix.plugins.uses.file_record import FunctionBody
from plugin_matrix.plugins.uses.guards import ALWAYS, NEVER, conjunction, disjunction, hopeful, negation
from plugin_matrix.plugins.uses.records import Guard, OnRelease, Unknown

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.names import Names

MAX_DEPTH = 16

_VERSIONS = frozenset(
    {"packaging.version.Version", "packaging.version.parse", "packaging.version.LegacyVersion"}
    | {"pkg_resources.parse_version", "pkg_resources.extern.packaging.version.parse"}
    | {"distutils.version.LooseVersion", "distutils.version.StrictVersion", "looseversion.LooseVersion"}
)
_INSTALLED = frozenset({"importlib.metadata.version", "importlib_metadata.version"})
_DISTRIBUTIONS = frozenset(
    {"importlib.metadata.distribution", "importlib_metadata.distribution", "pkg_resources.get_distribution"}
)
_SPECIFIERS = frozenset({"packaging.specifiers.SpecifierSet", "packaging.specifiers.Specifier"})
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


class Untold(msgspec.Struct, frozen=True):
    """Not known."""


Fact = releases.ReleaseForm | Known | KnownVersion | KnownSpecifier | Several | Holds | Untold
Arguments = dict[str, Fact]

UNTOLD = Untold()
_NO_ARGUMENTS: Arguments = {}


class Conditions:
    """Works out tests, following names and functions of the plugin into their definitions."""

    def __init__(self, names: "Names") -> None:
        self._names = names
        self._depth = 0
        self._truths: dict[Expression, Guard] = {}
        self._results: dict[object, Fact] = {}
        self._telling_functions: dict[str, bool] = {}
        self._telling_names: dict[AccessPath, bool] = {}

    def truth(self, test: Expression, arguments: Arguments = _NO_ARGUMENTS) -> Guard:
        """Return where `test` is true."""
        found = None if arguments else self._truths.get(test)
        if found is not None:
            return found
        if self._depth >= MAX_DEPTH:
            return Unknown("a condition that goes too deep")
        self._depth += 1
        found = self._truth(test, arguments)
        self._depth -= 1
        if not arguments and self._depth == 0:
            self._truths[test] = found
        return found

    def _truth(self, test: Expression, arguments: Arguments) -> Guard:  # noqa: C901, PLR0911 - one return per kind
        match test:
            case Literal(value):
                return ALWAYS if value else NEVER
            case Negation(item):
                return negation(self.truth(item, arguments))
            case Connective(every, items):
                parts = [self.truth(item, arguments) for item in items]
                return conjunction(parts) if every else disjunction(parts)
            case Either(condition, then, other):
                where = self.truth(condition, arguments)
                return disjunction(
                    (
                        conjunction((where, self._side(then, other, arguments))),
                        conjunction((negation(where), self._side(other, then, arguments))),
                    )
                )
            case Comparison(operator, left, right):
                return self._compare(operator, left, right, arguments)
            case Present(path):
                return self._names.exists(path)
            case Told(item):
                return hopeful(self.truth(item, arguments))
            case Ref(path):
                return self._named(path, arguments)
            case Items(items):
                return ALWAYS if items else NEVER
            case Function():
                return ALWAYS
            case Opaque(text):
                return Unknown(text)
            case Argument() | Invoke() | Member() | Item() | Elements():
                return _holds(self.fact(test, arguments), test)

    def _side(self, side: Expression, other: Expression, arguments: Arguments) -> Guard:
        """Return the truth of one alternative; what was imported is true where the other says it was not."""
        match side, other:
            case Ref(path), _ if not path.steps and any(
                isinstance(leaf, Literal) and not leaf.value for _, leaf in leaves(other)
            ):
                return ALWAYS
            case _:
                return self.truth(side, arguments)

    def _named(self, path: AccessPath, arguments: Arguments) -> Guard:
        value = self._names.value(path)
        if value is not None:
            return self.truth(value, arguments)
        return ALWAYS if self._names.is_definition(path) else Unknown(path.text())

    # -------------------------------------------------------- comparisons

    def _compare(self, operator: str, left: Expression, right: Expression, arguments: Arguments) -> Guard:
        if operator in {"is not", "not in", "!="}:
            opposite = {"is not": "is", "not in": "in", "!=": "=="}[operator]
            return negation(self._compare(opposite, left, right, arguments))
        if operator in {"is", "=="} and isinstance(right, Literal) and isinstance(right.value, bool | None):
            answer = self._is(left, right.value, arguments)
            if answer is not None:
                return answer
        answer = self._facts_compare(operator, self.fact(left, arguments), self.fact(right, arguments))
        if answer is not None:
            return answer
        for side, rebuilt in ((left, "left"), (right, "right")):
            if isinstance(side, Either):
                return self._distributed(operator, side, left, right, rebuilt == "left", arguments)
        return Unknown(_text(Comparison(operator, left, right)))

    def _distributed(
        self,
        operator: str,
        side: Either,
        left: Expression,
        right: Expression,
        is_left: bool,  # noqa: FBT001 - as above
        arguments: Arguments,
    ) -> Guard:
        where = self.truth(side.test, arguments)
        sides = [
            self._compare(operator, leaf, right, arguments)
            if is_left
            else self._compare(operator, left, leaf, arguments)
            for leaf in (side.then, side.other)
        ]
        return disjunction((conjunction((where, sides[0])), conjunction((negation(where), sides[1]))))

    def _is(self, value: Expression, constant: object, arguments: Arguments) -> Guard | None:  # noqa: PLR0911 - one return per kind
        """Return where `value is constant` for None, True and False."""
        match value:
            case Literal(own):
                return ALWAYS if own is constant or own == constant else NEVER
            case Either(condition, then, other):
                sides = [self._is(leaf, constant, arguments) for leaf in (then, other)]
                if sides[0] is None or sides[1] is None:
                    return None
                where = self.truth(condition, arguments)
                return disjunction((conjunction((where, sides[0])), conjunction((negation(where), sides[1]))))
            case Ref(path):
                known = self._names.value(path)
                if known is not None:
                    return self._is(known, constant, arguments)
                named = not path.steps and (self._names.is_definition(path) or self._names.in_engine(path))
                return NEVER if constant is None and named else None
            case Opaque() | Argument() if constant is None:
                fact = self.fact(value, arguments)
                return None if isinstance(fact, Untold) else ALWAYS if fact == Known(None) else NEVER
            case _:
                if constant is None:
                    return None if isinstance(self.fact(value, arguments), Untold) else NEVER
                truth = self.truth(value, arguments)
                return truth if constant else negation(truth)

    def _facts_compare(self, operator: str, left: Fact, right: Fact) -> Guard | None:  # noqa: C901, PLR0911, PLR0912 - one return per kind
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
                guards = [self._facts_compare("==", left, fact) for fact in facts]
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
                return None if turned is None else self._facts_compare(turned, right, left)
            case Known(one), Known(two) if operator == "==":
                return ALWAYS if one == two else NEVER
            case Known(one), Several(facts) if operator == "in" and all(
                isinstance(fact, Known) for fact in facts
            ):
                return ALWAYS if Known(one) in facts else NEVER
            case _:
                return None

    # -------------------------------------------------------- values

    def fact(self, value: Expression, arguments: Arguments = _NO_ARGUMENTS) -> Fact:
        """Return what is known of a value."""
        if self._depth >= MAX_DEPTH:
            return UNTOLD
        self._depth += 1
        found = self._fact(value, arguments)
        self._depth -= 1
        return found

    def _fact(self, value: Expression, arguments: Arguments) -> Fact:  # noqa: C901, PLR0911 - one return per kind
        match value:
            case Literal(constant):
                return Known(constant)
            case Argument(name):
                return arguments.get(name, UNTOLD)
            case Items(items):
                return Several(tuple(self.fact(item, arguments) for item in items))
            case Ref(path):
                return self._path_fact(path, arguments)
            case Either(_, then, other):
                return _telling((self.fact(then, arguments), self.fact(other, arguments)))
            case Connective(False, items):
                return _telling([self.fact(item, arguments) for item in items])
            case Invoke(function, given, keywords):
                return self._invoked(function, given, dict(keywords), arguments)
            case Member(base, name):
                return _member(self._distribution(base, arguments) or self.fact(base, arguments), name)
            case Item(base, index, stop):
                return _item(self.fact(base, arguments), index, stop)
            case Comparison() | Negation() | Connective() | Present() | Told():
                guard = self.truth(value, arguments)
                return UNTOLD if isinstance(guard, Unknown) else Holds(guard)
            case Elements() | Function() | Opaque():
                return UNTOLD

    def _path_fact(self, path: AccessPath, arguments: Arguments) -> Fact:
        if not path.steps:
            if path.root in releases.RELEASE_TEXTS:
                return releases.ReleaseText()
            if path.root in releases.RELEASE_TUPLES:
                return releases.ReleaseNumbers()
        known = self._names.value(path)
        return UNTOLD if known is None else self.fact(known, arguments)

    def _distribution(self, base: Expression, arguments: Arguments) -> Fact | None:
        match base:
            case Invoke(Ref(AccessPath(root)), (first, *_)) if root in _DISTRIBUTIONS:
                return releases.ReleaseVersion() if self.fact(first, arguments) == Known("vllm") else None
            case _:
                return None

    def _invoked(
        self,
        function: Expression,
        given: tuple[Expression, ...],
        keywords: dict[str, Expression],
        arguments: Arguments,
    ) -> Fact:
        facts = [self.fact(one, arguments) for one in given]
        match function:
            case Ref(path):
                if not path.steps and path.root in _OWN_MEANING:
                    return self._library(path.root, given, facts, arguments)
                body = self._names.function(path)
                if body is None:
                    return UNTOLD
                named = {name: self.fact(one, arguments) for name, one in keywords.items()}
                return self.called(body, facts, named)
            case Member(base, name):
                return _method(self.fact(base, arguments), name, facts)
            case _:
                return UNTOLD

    def _library(  # noqa: PLR0911 - one return per kind
        self, root: str, given: tuple[Expression, ...], facts: list[Fact], arguments: Arguments
    ) -> Fact:
        first = facts[0] if facts else UNTOLD
        if root in _VERSIONS:
            match first:
                case releases.ReleaseText() | releases.ReleaseVersion():
                    return releases.ReleaseVersion()
                case Known(str() as text) | KnownVersion(text):
                    return KnownVersion(text)
                case _:
                    return UNTOLD
        if root in _INSTALLED:
            return releases.ReleaseText() if first == Known("vllm") else UNTOLD
        if root in _SPECIFIERS:
            return _specifier(first)
        if root in {"builtins.any", "builtins.all"} and given and isinstance(given[0], Items):
            parts = [self.truth(item, arguments) for item in given[0].items]
            return Holds(disjunction(parts) if root == "builtins.any" else conjunction(parts))
        return UNTOLD

    def called(self, body: FunctionBody, given: list[Fact], named: Arguments) -> Fact:
        """Return what a call of a plugin's function gives."""
        if not body.plain or not body.returns or not self._tells(body):
            return UNTOLD
        key = (body.unit, tuple(given), tuple(named.items()))
        found = self._results.get(key)
        if found is None:
            found = self._results[key] = self._called(body, given, named)
        return found

    def _called(self, body: FunctionBody, given: list[Fact], named: Arguments) -> Fact:
        own: Arguments = {name: self.fact(value) for name, value in body.defaults.items()}
        positional = body.positional
        own.update(zip(positional, given, strict=False))
        if body.rest:
            own[body.rest] = Several(tuple(given[len(positional) :]))
        own.update(named)
        results = [(self._names.guard_tests(body, guard), value) for guard, value in body.returns]
        facts = [self.fact(value, own) for _, value in results]
        told = _telling(facts)
        if isinstance(told, releases.ReleaseForm | KnownVersion | KnownSpecifier | Several):
            return told
        if len(facts) == 1 and isinstance(told, Known):
            return told
        guard = disjunction(
            conjunction([*(self.truth(test, own) for test in tests), _holds(fact, value)])
            for (tests, value), fact in zip(results, facts, strict=True)
        )
        return UNTOLD if isinstance(guard, Unknown) else Holds(guard)

    # -------------------------------------------------------- what is worth following

    def _tells(self, body: FunctionBody) -> bool:
        """Whether what a function returns depends on the release, or is one constant."""
        match body.returns:
            case ((guard, Literal()),) if guard == body.entry:
                return True
            case _:
                pass
        found = self._telling_functions.get(body.unit)
        if found is None:
            self._telling_functions[body.unit] = False  # while it is looked at: a function may call itself
            found = any(
                self._mentions(part)
                for guard, value in body.returns
                for part in (value, *self._names.guard_tests(body, guard))
            )
            self._telling_functions[body.unit] = found
        return found

    def _mentions(self, value: Expression) -> bool:  # noqa: C901, PLR0911 - one return per kind
        """Whether a value speaks of the release, or of what exists in it."""
        match value:
            case Present():
                return True
            case Ref(path):
                return self._path_mentions(path)
            case Invoke(function, given, keywords):
                if isinstance(function, Ref):
                    if function.path.root in _INSTALLED | _DISTRIBUTIONS:
                        return Literal("vllm") in given
                    body = None if function.path.root in _OWN_MEANING else self._names.function(function.path)
                    if body is not None and self._tells(body):
                        return True
                    return any(map(self._mentions, (*given, *(one for _, one in keywords))))
                return any(map(self._mentions, (function, *given)))
            case Member(base) | Item(base):
                return self._mentions(base)
            case Comparison(_, left, right):
                return self._mentions(left) or self._mentions(right)
            case Items(items) | Connective(_, items):
                return any(map(self._mentions, items))
            case Negation(item) | Told(item):
                return self._mentions(item)
            case Either(test, then, other):
                return any(map(self._mentions, (test, then, other)))
            case Literal() | Argument() | Elements() | Function() | Opaque():
                return False

    def _path_mentions(self, path: AccessPath) -> bool:
        if path.root in releases.RELEASE_TEXTS or path.root in releases.RELEASE_TUPLES:
            return True
        found = self._telling_names.get(path)
        if found is None:
            self._telling_names[path] = False
            known = self._names.value(path)
            found = self._telling_names[path] = known is not None and self._mentions(known)
        return found


_OWN_MEANING = _VERSIONS | _INSTALLED | _SPECIFIERS | {"builtins.any", "builtins.all"}


def _holds(fact: Fact, value: Expression) -> Guard:
    """Return where a value is true."""
    match fact:
        case Holds(guard):
            return guard
        case Known(constant):
            return ALWAYS if constant else NEVER
        case Several(facts):
            return ALWAYS if facts else NEVER
        case Untold() | releases.ReleaseNumber():
            return Unknown(_text(value))
        case _:
            return ALWAYS


def _telling(facts: "list[Fact] | tuple[Fact, ...]") -> Fact:
    """Return the alternative that speaks of the release: where a plugin lets a variable override it too."""
    for fact in facts:
        if isinstance(fact, releases.ReleaseForm):
            return fact
    told = [fact for fact in facts if not isinstance(fact, Untold)]
    return told[0] if len(told) == len(facts) and all(fact == told[0] for fact in told) and told else UNTOLD


def _specifier(fact: Fact) -> Fact:
    match fact:
        case Known(str() as text):
            try:
                SpecifierSet(text)
            except InvalidSpecifier:
                return UNTOLD
            return KnownSpecifier(text)
        case _:
            return UNTOLD


def _member(base: Fact, name: str) -> Fact:
    match base, name:
        case releases.ReleaseVersion(), "release":
            return releases.ReleaseNumbers()
        case releases.ReleaseVersion(), "major" | "minor" | "micro":
            return releases.ReleaseNumber(_NUMBERS[name])
        case ((releases.ReleaseVersion() | releases.ReleaseText()), "base_version" | "public" | "version"):
            return releases.ReleaseText()
        case _:
            return UNTOLD


def _method(base: Fact, name: str, facts: list[Fact]) -> Fact:
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
        case KnownSpecifier(text), "contains", [releases.ReleaseText() | releases.ReleaseVersion(), *_]:
            return Holds(OnRelease("specifier", text))
        case _:
            return UNTOLD
    return UNTOLD if guard is None else Holds(guard)


def _item(base: Fact, index: int | None, stop: int | None) -> Fact:
    match base:
        case releases.ReleaseNumbers(None) | releases.ReleaseNumbers():
            if index is None:
                return releases.ReleaseNumbers(stop) if stop and stop > 0 else UNTOLD
            return releases.ReleaseNumber(index) if index >= 0 else UNTOLD
        case Several(facts) if index is not None and -len(facts) <= index < len(facts):
            return facts[index]
        case _:
            return UNTOLD


def _text(value: Expression) -> str:  # noqa: PLR0911 - one return per kind
    """Return a test in words, for the report."""
    match value:
        case Ref(path):
            return path.text()
        case Literal(constant):
            return repr(constant)
        case Comparison(operator, left, right):
            return f"{_text(left)} {operator} {_text(right)}"
        case Invoke(function, given):
            return f"{_text(function)}({', '.join(map(_text, given))})"
        case Member(base, name):
            return f"{_text(base)}.{name}"
        case Argument(name) | Opaque(name):
            return name or "..."
        case _:
            return "..."
