"""How a member of a class that plugins extend differs from the release before."""

import ast
import tomllib
from enum import StrEnum
from pathlib import Path

import msgspec


class Home(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a class is defined, since when."""

    since: str
    module: str


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member since a release (`core/interface/classes.toml` says what the fields mean)."""

    since: str
    signature: str = ""
    decorators: str = ""
    body: str = ""
    line: int = 0
    gone: bool = False

    @property
    def text(self) -> str:
        """What it takes, as it is written; of an attribute its annotation and default."""
        return self.signature.removeprefix("attr: ")


class ExtendedClass(msgspec.Struct, frozen=True):
    """A class that plugins extend, over all releases."""

    homes: tuple[Home, ...]
    members: dict[str, tuple[Member, ...]]


class Kind(StrEnum):
    """What happened to a member."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    ANNOTATED = "annotated"
    """Nothing but annotations differs: no call notices."""


def extended_classes(core: Path) -> dict[str, ExtendedClass]:
    """Return the classes of `core/interface/classes.toml` by the name that the data gives them."""
    tables = tomllib.loads((core / "interface" / "classes.toml").read_text("utf-8"))
    return {name: msgspec.convert(table, ExtendedClass) for name, table in tables.items()}


def kind_of(before: Member | None, now: Member) -> Kind | None:
    """Tell what `now` is after `before`; None where no subclass and no caller can notice."""
    was = before is not None and not before.gone
    if now.gone:
        return Kind.GONE if was else None
    if not was or before is None:
        return Kind.NEW
    if _called(before) == _called(now) and _duty(before) == _duty(now):
        return None if before.signature == now.signature else Kind.ANNOTATED
    return Kind.CHANGED


def _duty(member: Member) -> tuple[bool, frozenset[str]]:
    """Whether a subclass has to give it, and what kind of thing it is."""
    kinds = {"classmethod", "staticmethod", "property", "abstractmethod"}
    names = {one.split("(")[0].rpartition(".")[2].strip() for one in member.decorators.split(",")}
    return member.body == "raises", frozenset(names & kinds)


def _called(member: Member) -> str:
    """Return the signature without annotations and with defaults: what a call can notice."""
    if member.body == "attr":
        return "attr"
    try:
        (function,) = ast.parse(f"def f{member.signature}: pass").body
    except (SyntaxError, ValueError):
        return member.signature
    if not isinstance(function, ast.FunctionDef):
        return member.signature
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for one in [*every, *filter(None, [arguments.vararg, arguments.kwarg])]:
        one.annotation = None
    return ast.unparse(arguments)
