"""Conditions: from a symbolic test to the guard that says on which releases it holds."""

from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses import releases
from plugin_matrix.plugins.uses.existence import Existence
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
    Runs,
    Setting,
    Told,
    by_default,
    leaves,
)
from plugin_matrix.plugins.uses.facts import (
    UNTOLD,
    Architectures,
    Arguments,
    Fact,
    Holds,
    Known,
    KnownSpecifier,
    KnownVersion,
    Several,
    Untold,
    compare,
    holds,
    item,
    member,
    method,
    specifier,
    telling,
)
from plugin_matrix.plugins.uses.file_record import FileRecord, FunctionBody
from plugin_matrix.plugins.uses.guards import ALWAYS, NEVER, conjunction, disjunction, hopeful, negation
from plugin_matrix.plugins.uses.records import Guard, Unknown
from plugin_matrix.plugins.uses.registry import lists_architectures
from plugin_matrix.plugins.uses.telling import (
    DISTRIBUTIONS,
    INSTALLED,
    OWN_MEANING,
    SPECIFIERS,
    VERSIONS,
    Telling,
)

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.names import Names

MAX_DEPTH = 16

_NO_ARGUMENTS: Arguments = {}


class Conditions:
    """Works out tests, following names and functions of the plugin into their definitions."""

    def __init__(self, names: "Names") -> None:
        self._names = names
        self._depth = 0
        self._truths: dict[Expression, Guard] = {}
        self._results: dict[object, Fact] = {}
        self._telling = Telling(names)
        self._existence = Existence(names, self)

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
            case Present() | Runs() | Setting():
                return self._existence.holds(test)
            case Told(item):
                return hopeful(self.truth(item, arguments))
            case Ref(path):
                return self._named(path)
            case Items(items):
                return ALWAYS if items else NEVER
            case Function():
                return ALWAYS
            case Opaque(text):
                return Unknown(text)
            case Argument() | Invoke() | Member() | Item() | Elements():
                guard = holds(self.fact(test, arguments), _text(test))
                return self._by_default(test, arguments) or guard if type(guard) is Unknown else guard

    def _side(self, side: Expression, other: Expression, arguments: Arguments) -> Guard:
        """Return the truth of one alternative; what was imported is true where the other says it was not."""
        match side, other:
            case Ref(path), _ if not path.steps and any(
                isinstance(leaf, Literal) and not leaf.value for _, leaf in leaves(other)
            ):
                return ALWAYS
            case _:
                return self.truth(side, arguments)

    # What a name is bound to elsewhere may speak of parameters, but of those of another function.

    def _named(self, path: AccessPath) -> Guard:
        value = self._names.value(path)
        if value is not None:
            return self.truth(value)
        return ALWAYS if self._names.is_definition(path) else Unknown(path.text())

    def guard(self, record: FileRecord, position: int) -> Guard:
        """Return the guard at a position of a file's table."""
        tests: list[Expression] = []
        while position:
            node = record.guards[position]
            tests.append(node.test)
            position = node.parent
        return conjunction([self.truth(test) for test in reversed(tests)])

    # -------------------------------------------------------- comparisons

    def _compare(self, operator: str, left: Expression, right: Expression, arguments: Arguments) -> Guard:
        if operator in {"is not", "not in", "!="}:
            opposite = {"is not": "is", "not in": "in", "!=": "=="}[operator]
            return negation(self._compare(opposite, left, right, arguments))
        if operator in {"is", "=="} and isinstance(right, Literal) and isinstance(right.value, bool | None):
            answer = self._is(left, right.value, arguments)
            if answer is not None:
                return answer
        answer = compare(operator, self.fact(left, arguments), self.fact(right, arguments))
        if answer is not None:
            return answer
        for side, rebuilt in ((left, "left"), (right, "right")):
            if isinstance(side, Either):
                return self._distributed(operator, side, left, right, rebuilt == "left", arguments)
        comparison = Comparison(operator, left, right)
        return self._by_default(comparison, arguments) or Unknown(_text(comparison))

    def _by_default(self, test: Expression, arguments: Arguments) -> Guard | None:
        """Return where a test of what environment variables hold is true, None where it asks for none."""
        unset, variable = by_default(test)
        if variable is None:
            return None
        where = self._existence.holds(variable)
        by_itself = self.truth(unset, arguments)
        return disjunction(
            (conjunction((where, Unknown(_text(test)))), conjunction((negation(where), by_itself)))
        )

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
                return _same(own, constant)
            case Argument(name) if isinstance(fact := arguments.get(name), Known):
                return _same(fact.value, constant)
            case Either(condition, then, other):
                sides = [self._is(leaf, constant, arguments) for leaf in (then, other)]
                if sides[0] is None and isinstance(condition, Runs) and other == Literal(None):
                    sides[0] = NEVER if constant is None else None
                if sides[0] is None or sides[1] is None:
                    return None
                where = self.truth(condition, arguments)
                return disjunction((conjunction((where, sides[0])), conjunction((negation(where), sides[1]))))
            case Ref(path):
                known = self._names.value(path)
                if known is not None:
                    return self._is(known, constant, _NO_ARGUMENTS)
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
                return self._path_fact(path)
            case Either(_, then, other):
                return telling((self.fact(then, arguments), self.fact(other, arguments)))
            case Connective(False, items):
                return telling([self.fact(item, arguments) for item in items])
            case Invoke(function, given, keywords):
                return self._invoked(function, given, dict(keywords), arguments)
            case Member(base, name):
                return member(self._distribution(base, arguments) or self.fact(base, arguments), name)
            case Item(base, index, stop):
                return item(self.fact(base, arguments), index, stop)
            case Comparison() | Negation() | Connective() | Present() | Runs() | Setting() | Told():
                guard = self.truth(value, arguments)
                return UNTOLD if isinstance(guard, Unknown) else Holds(guard)
            case Elements() | Function() | Opaque():
                return UNTOLD

    def _path_fact(self, path: AccessPath) -> Fact:
        if lists_architectures(path):
            return Architectures()
        if not path.steps:
            if path.root in releases.RELEASE_TEXTS:
                return releases.ReleaseText()
            if path.root in releases.RELEASE_TUPLES:
                return releases.ReleaseNumbers()
        known = self._names.value(path)
        return UNTOLD if known is None else self.fact(known)

    def _distribution(self, base: Expression, arguments: Arguments) -> Fact | None:
        match base:
            case Invoke(Ref(AccessPath(root)), (first, *_)) if root in DISTRIBUTIONS:
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
                if not path.steps and path.root in OWN_MEANING:
                    return self._library(path.root, given, facts, arguments)
                body = self._names.function(path)
                if body is None:
                    return UNTOLD
                named = {name: self.fact(one, arguments) for name, one in keywords.items()}
                return self.called(body, facts, named)
            case Member(base, name):
                return method(self.fact(base, arguments), name, facts)
            case _:
                return UNTOLD

    def _library(  # noqa: PLR0911 - one return per kind
        self, root: str, given: tuple[Expression, ...], facts: list[Fact], arguments: Arguments
    ) -> Fact:
        first = facts[0] if facts else UNTOLD
        if root in VERSIONS:
            match first:
                case releases.ReleaseText() | releases.ReleaseVersion():
                    return releases.ReleaseVersion()
                case Known(str() as text) | KnownVersion(text):
                    return KnownVersion(text)
                case _:
                    return UNTOLD
        if root in INSTALLED:
            return releases.ReleaseText() if first == Known("vllm") else UNTOLD
        if root in SPECIFIERS:
            return specifier(first)
        if root in {"builtins.any", "builtins.all"} and given and isinstance(given[0], Items):
            parts = [self.truth(item, arguments) for item in given[0].items]
            return Holds(disjunction(parts) if root == "builtins.any" else conjunction(parts))
        return UNTOLD

    def called(self, body: FunctionBody, given: list[Fact], named: Arguments) -> Fact:
        """Return what a call of a plugin's function gives."""
        if not body.plain or not body.returns or not self._telling.tells(body):
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
        told = telling(facts)
        if isinstance(told, releases.ReleaseForm | KnownVersion | KnownSpecifier | Several):
            return told
        if len(facts) == 1 and isinstance(told, Known):
            return told
        guard = disjunction(
            conjunction([*(self.truth(test, own) for test in tests), holds(fact, _text(value))])
            for (tests, value), fact in zip(results, facts, strict=True)
        )
        return UNTOLD if isinstance(guard, Unknown) else Holds(guard)


def _same(value: object, constant: object) -> Guard | None:
    """Return where `value is constant`; None where they are but equal, which `==` is content with."""
    return ALWAYS if value is constant else NEVER if value != constant else None


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
