"""Parts of functions: what stands under tests of the parameters, which some calls run and others do not.

A call whose arguments are constants says of its own how such tests come out. What stands under them in a
function is therefore a part of its own, with ways to it from each call instead of from the function.
"""

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import msgspec

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Kind, unbindable
from plugin_matrix.plugins.uses.expressions import (
    Argument,
    Expression,
    Literal,
    parameters,
    with_arguments,
)
from plugin_matrix.plugins.uses.facts import Arguments, Known
from plugin_matrix.plugins.uses.file_record import FileRecord, RawCall
from plugin_matrix.plugins.uses.guards import NEVER, conjunction
from plugin_matrix.plugins.uses.names import Names
from plugin_matrix.plugins.uses.records import Edge, Guard, Part
from plugin_matrix.plugins.uses.things import FunctionThing

Constant = str | int | float | bool | None
Given = tuple[tuple[str, Expression], ...]
"""Parameters of what is called, and the constants and parameters of the caller's that they are given."""
Tests = tuple[Expression, ...]
Facts = tuple[tuple[str, Constant, type], ...]
"""Names, values and their types: 1 is equal to True and not the same."""

_ENGINE = "vllm."
_MOST_TESTS = 6
"""Of one part; what an argument that is passed on adds is not followed further."""
_FARTHEST = 8
"""Functions through which an argument is followed."""


class _Call(msgspec.Struct, frozen=True):
    """A call as far as its arguments go."""

    given: Given
    caller: str = ""
    """Unit that makes the call, where it passes on a parameter of its own."""


_NOTHING_KNOWN = _Call(())


class Within(msgspec.Struct, frozen=True):
    """The part of a function in which something stands; with neither id nor tests it is in none."""

    id: str = ""
    tests: Tests = ()


class _Way(msgspec.Struct, frozen=True):
    """A call as it was linked."""

    use: RawCall
    within: Within
    guard: Guard
    caught: frozenset[str]


NO_PART = Within()
_NO_NAMES: frozenset[str] = frozenset()


def _parameters(tests: Tests) -> frozenset[str]:
    return _NO_NAMES.union(*map(parameters, tests))


def _told(given: Given, asked: frozenset[str]) -> Facts:
    """Return the constants of a call among the parameters `asked` for."""
    return tuple(
        (name, one.value, type(one.value)) for name, one in given if name in asked and type(one) is Literal
    )


class Parts:
    """The parts of a plugin's functions, found while its uses are linked."""

    def __init__(self, records: Iterable[FileRecord], names: Names) -> None:
        self._names = names
        self._uses: dict[str, list[RawCall]] = {}
        """All calls of the functions that are followed."""
        self._calls: dict[str, tuple[_Call, ...]] = {}
        self._ways: dict[str, list[_Way]] = {}
        self._parts: dict[tuple[str, Tests], Within] = {}
        self._decided: dict[tuple[str, Tests], bool] = {}
        self._within: dict[tuple[str, int], Within] = {}
        self._held = functools.cache(self._find_held)
        self._asked: Callable[[Tests], frozenset[str]] = functools.cache(_parameters)
        followed: dict[str, tuple[str, ...]] = {}
        for record in records:
            for use in record.uses:
                if type(use) is RawCall and not (path := use.path).steps and path.root[:5] != _ENGINE:
                    units = followed.get(path.root)
                    if units is None:
                        units = followed[path.root] = tuple(self._leads_to(path))
                    for unit in units:
                        self._uses.setdefault(unit, []).append(use)

    def _leads_to(self, path: AccessPath) -> Iterator[str]:
        """Yield the functions that a call surely runs, with its arguments, where it leads to them."""
        for one in self._names.resolve(path):
            if isinstance(one.thing, FunctionThing):
                unit = one.thing.unit
                body, signature = self._names.functions[unit], self._names.units[unit].signature
                takes_some = signature is not None and bool(signature.parameters)
                if takes_some and body.plain and body.binding == "function" and "<locals>" not in unit:
                    yield unit

    def _call(self, unit: str, use: RawCall) -> _Call:
        """Return what is known of the parameters in a call; nothing where it is not plain what it passes."""
        signature, shape = self._names.units[unit].signature, use.shape
        if signature is None or shape.star or shape.double_star or unbindable(signature, shape):
            return _NOTHING_KNOWN
        given = self._names.functions[unit].defaults
        if not shape.positional and not shape.keywords:
            return _Call(tuple(given.items()))
        given = dict(given)
        passed = dict(use.given)
        for position, parameter in enumerate(signature.parameters):
            by_position = parameter.kind <= Kind.POSITIONAL_OR_KEYWORD and position < shape.positional
            by_keyword = parameter.kind is not Kind.VAR_KEYWORD and parameter.name in shape.keywords
            if by_position or by_keyword:
                value = passed.get(position if by_position else parameter.name)
                if value is None:
                    given.pop(parameter.name, None)
                else:
                    given[parameter.name] = value
        passes_on = any(type(value) is Argument for value in given.values())
        return _Call(tuple(given.items()), use.unit if passes_on else "")

    def _calls_of(self, unit: str) -> tuple[_Call, ...]:
        found = self._calls.get(unit)
        if found is None:
            every = (self._call(unit, use) for use in self._uses.get(unit, ()))
            found = self._calls[unit] = tuple(dict.fromkeys(every))
        return found

    # -------------------------------------------------------- what stands in a part

    def __contains__(self, unit: str) -> bool:
        return unit in self._uses

    def within(self, unit: str, position: int) -> Within:
        """Return the part of a followed function in which a guard stands."""
        found = self._within.get((unit, position))
        if found is None:
            every = self._names.guard_tests(self._names.functions[unit], position)
            tests = tuple(dict.fromkeys(test for test in every if parameters(test)))
            found = self._part(unit, tests) if tests and self._decides(unit, tests) else NO_PART
            self._within[unit, position] = found
        return found

    def guard(self, unit: str, position: int, within: Within) -> tuple[int, Guard]:
        """Return the guard at which a function begins, and what is asked from there on but by the part."""
        body = self._names.functions[unit]
        rest = (test for test in self._names.guard_tests(body, position) if test not in within.tests)
        return body.entry, conjunction(map(self._names.conditions.truth, rest))

    def note(self, use: RawCall, unit: str, within: Within, guard: Guard, caught: frozenset[str]) -> None:
        """Note that `use`, which stands in `within`, calls the function `unit`."""
        if unit in self._uses:
            self._ways.setdefault(unit, []).append(_Way(use, within, guard, caught))

    def _part(self, unit: str, tests: Tests) -> Within:
        found = self._parts.get((unit, tests))
        if found is None:
            found = self._parts[unit, tests] = Within(f"{unit}?{len(self._parts)}", tests)
        return found

    # -------------------------------------------------------- what the arguments say

    def _holds(self, tests: Tests, given: Given) -> Guard:
        return self._held(tests, _told(given, self._asked(tests)))

    def _find_held(self, tests: Tests, told: Facts) -> Guard:
        facts: Arguments = {name: Known(value) for name, value, _ in told}
        return conjunction([self._names.conditions.truth(test, facts) for test in tests])

    def _decides(self, unit: str, tests: Tests, far: int = 0) -> bool:
        """Whether the arguments of some call say more of `tests` than is known without."""
        key = (unit, tests)
        if key not in self._decided:
            self._decided[key] = False  # for calls that come back to it
            calls, asked = self._calls_of(unit), self._asked(tests)
            unasked = self._held(tests, ())
            self._decided[key] = any(
                self._held(tests, told) != unasked for told in {_told(call.given, asked) for call in calls}
            ) or (
                far < _FARTHEST
                and any(
                    (passed := self._passed(call, tests)) and self._decides(call.caller, passed, far + 1)
                    for call in calls
                )
            )
        return self._decided[key]

    def _passed(self, call: _Call, tests: Tests) -> Tests:
        """Return what `tests` ask of the caller's own parameters; nothing where that is nothing."""
        if call.caller not in self._uses:
            return ()
        given = dict(call.given)
        asked = tuple(with_arguments(test, given) for test in tests)
        return asked if any(map(parameters, asked)) else ()

    # -------------------------------------------------------- result

    def edges(self) -> Iterator[Edge]:
        """Yield what runs the parts, once all calls are noted."""
        open_parts = deque(self._parts)
        while open_parts:
            unit, tests = open_parts.popleft()
            part = self._parts[unit, tests]
            for way in self._ways.get(unit, ()):
                source, guard, caller = way.within, way.guard, way.use.unit
                call = self._call(unit, way.use)
                passed = self._passed(call, tests)
                asked = tuple(dict.fromkeys((*source.tests, *passed)))
                if not passed or len(asked) > _MOST_TESTS or not self._decides(caller, asked):
                    guard = conjunction((guard, self._holds(tests, call.given)))
                elif asked != source.tests:
                    if (caller, asked) not in self._parts:
                        open_parts.append((caller, asked))
                    source = self._part(caller, asked)
                if guard != NEVER and source != part:
                    yield Edge(source.id or caller, part.id, guard, way.caught)

    def result(self) -> tuple[Part, ...]:
        """Return the parts, once their edges are made."""
        return tuple(
            Part(
                id=part.id,
                unit=unit,
                guard=self._holds(tests, ()),
                by_default=self._holds(tests, tuple(self._names.functions[unit].defaults.items())),
            )
            for (unit, tests), part in self._parts.items()
        )
