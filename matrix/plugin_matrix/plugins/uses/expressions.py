"""Symbolic values: what an expression of a plugin stands for, as far as its file tells.

One pass over a file makes them; nothing in them needs another file. `linking` and `conditions` work out
later what they come to, when the plugin's other modules are known.
"""

from collections.abc import Iterator, Mapping

import msgspec

from plugin_matrix.model.access_path import AccessPath


class Ref(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="r"):
    """What an access path leads to; its root is absolute (`vllm.config.VllmConfig`, `acme.compat.cdiv`)."""

    path: AccessPath


class Literal(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="l"):
    """A constant."""

    value: str | int | float | bool | None


class Items(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="t"):
    """A tuple, list or set that is written out."""

    items: tuple["Expression", ...]


class Argument(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="p"):
    """A parameter of the function at hand."""

    name: str


class Invoke(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, gc=False, tag="c"):
    """A call whose arguments matter: of a function of the plugin, of `packaging`, of a version's method."""

    function: "Expression"
    arguments: tuple["Expression", ...] = ()
    keywords: tuple[tuple[str, "Expression"], ...] = ()


class Member(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="m"):
    """An attribute of something that is no path: `Version(v).release`."""

    base: "Expression"
    name: str


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="i"):
    """`base[index]`, or `base[:stop]` when `index` is None."""

    base: "Expression"
    index: int | None
    stop: int | None = None


class Comparison(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, gc=False, tag="o"):
    """`left operator right`; the operator is as it is written, `not in` and `is not` too."""

    operator: str
    left: "Expression"
    right: "Expression"


class Connective(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, gc=False, tag="b"):
    """`a and b` where `every`, else `a or b`."""

    every: bool
    items: tuple["Expression", ...]


class Negation(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, gc=False, tag="n"):
    """`not item`."""

    item: "Expression"


class Either(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, gc=False, tag="e"):
    """`then` where `test` holds, else `other`: a ternary, or a name bound in two branches."""

    test: "Expression"
    then: "Expression"
    other: "Expression"


class Present(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="x"):
    """True where the path can be imported or reached."""

    path: AccessPath


class Runs(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="k"):
    """True where calling a function of the plugin fails for no import of its own."""

    function: AccessPath


class Setting(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="v"):
    """True where an environment variable is set."""

    variable: str


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="d"):
    """True where `item` is, and where it cannot be told: what a check that raises leaves behind."""

    item: "Expression"


class Elements(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="s"):
    """A container of `element`s: `list[Request]`, or where `keyed` `dict[str, Request]`."""

    element: "Expression"
    keyed: bool = False


class Function(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="f"):
    """A function made in place (a lambda), by the id of its unit."""

    unit: str


class Opaque(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="u"):
    """Cannot be told from the source; `text` is what is written there."""

    text: str = ""


Expression = (
    Ref
    | Literal
    | Items
    | Argument
    | Invoke
    | Member
    | Item
    | Comparison
    | Connective
    | Negation
    | Either
    | Present
    | Runs
    | Setting
    | Told
    | Elements
    | Function
    | Opaque
)

TEXT_METHODS = frozenset({"casefold", "lower", "strip", "upper"})
"""Methods of a text, called without arguments, that are worked out."""
TRUE = Literal(value=True)
FALSE = Literal(value=False)
OPAQUE = Opaque()
_NO_NAMES: frozenset[str] = frozenset()


def negated(test: Expression) -> Expression:
    """Return `not test`, without a double negation."""
    match test:
        case Negation(item):
            return item
        case Literal(value):
            return FALSE if value else TRUE
        case _:
            return Negation(test)


def every(tests: tuple[Expression, ...]) -> Expression:
    """Return the conjunction of `tests`; true when there is none."""
    if len(tests) == 1:
        return tests[0]
    return Connective(True, tests) if tests else TRUE  # noqa: FBT003 - the field reads so in patterns


def either(tests: tuple[Expression, ...]) -> Expression:
    """Return the disjunction of `tests`; false when there is none."""
    if len(tests) == 1:
        return tests[0]
    return Connective(False, tests) if tests else FALSE  # noqa: FBT003 - as above


def leaves(value: Expression) -> Iterator[tuple[tuple[Expression, ...], Expression]]:
    """Yield what `value` may be, each with the tests under which it is."""
    if type(value) is not Either:
        yield (), value
        return
    for tests, leaf in leaves(value.then):
        yield (value.test, *tests), leaf
    for tests, leaf in leaves(value.other):
        yield (negated(value.test), *tests), leaf


def leaf_count(value: Expression) -> int:
    """Return how many alternatives `value` has."""
    return leaf_count(value.then) + leaf_count(value.other) if type(value) is Either else 1


def parameters(value: Expression) -> frozenset[str]:
    """Return the parameters of the function at hand that `value` plainly asks for, calls left out."""
    match value:
        case Argument(name):
            return frozenset({name})
        case Negation(item) | Told(item):
            return parameters(item)
        case Comparison(_, left, right):
            return parameters(left) | parameters(right)
        case Connective(_, items):
            return _NO_NAMES.union(*map(parameters, items))
        case _:
            return _NO_NAMES


def with_arguments(test: Expression, given: Mapping[str, Expression]) -> Expression:  # noqa: PLR0911 - one return per kind
    """Return `test` in what the caller gives for the parameters; unknown where that is not plain."""
    match test:
        case Argument(name):
            return given.get(name, OPAQUE)
        case Negation(item):
            return negated(with_arguments(item, given))
        case Told(item):
            return Told(with_arguments(item, given))
        case Connective(every_one, items):
            return Connective(every_one, tuple(with_arguments(item, given) for item in items))
        case Comparison(operator, left, right):
            return Comparison(operator, with_arguments(left, given), with_arguments(right, given))
        case Literal() | Ref() | Present() | Setting() | Opaque():
            return test
        case _:
            return OPAQUE


def by_default(value: Expression) -> tuple[Expression, Setting | None]:
    """Return `value` as it is where an environment variable that it asks for is not set, and the variable.

    None where it asks for none in what a call or a comparison is made of.
    """
    variable: Setting | None
    match value:
        case Either(Setting() as variable, _, other):
            return other, variable
        case Invoke(function, given, keywords):
            plain, variable = by_default(function)
            return Invoke(plain, given, keywords), variable
        case Member(base, name):
            plain, variable = by_default(base)
            return Member(plain, name), variable
        case Item(base, index, stop):
            plain, variable = by_default(base)
            return Item(plain, index, stop), variable
        case Comparison(operator, left, right):
            plain, variable = by_default(left)
            return Comparison(operator, plain, right), variable
        case _:
            return value, None
