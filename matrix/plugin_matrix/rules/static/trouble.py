"""Troubles: one place of the plugin that fails on a set of releases, if it is reached there."""

import functools
from enum import IntFlag
from typing import TYPE_CHECKING

import msgspec

from plugin_matrix.model.finding import Level
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import Program
from plugin_matrix.plugins.uses.records import Always, Guard, Place
from plugin_matrix.surface.answers import Answer, Missing


class Raised(IntFlag):
    """What a failure raises, and what handlers around it catch."""

    NOTHING = 0
    """Nothing is raised where the failure is made, or vLLM is the one that sees it."""
    NO_MODULE = 1
    """ModuleNotFoundError."""
    NO_NAME = 2
    """ImportError out of `from module import name`."""
    NO_ATTRIBUTE = 4
    TYPE = 8
    ANYTHING = 16
    """Of handlers alone: `except Exception` and the like."""
    VALUE = 32

    if not TYPE_CHECKING:
        # The ways through a plugin are some hundred thousand, and IntFlag takes a microsecond for each. What
        # comes of it is an int, which is a set of kinds as good as any.
        __and__ = __rand__ = int.__and__
        __or__ = __ror__ = int.__or__


_CATCHES = {
    "ModuleNotFoundError": Raised.NO_MODULE,
    "ImportError": Raised.NO_MODULE | Raised.NO_NAME,
    "AttributeError": Raised.NO_ATTRIBUTE,
    "TypeError": Raised.TYPE,
    "ValueError": Raised.VALUE,
    "Exception": Raised.ANYTHING,
    "BaseException": Raised.ANYTHING,
}


@functools.cache
def catching(caught: frozenset[str]) -> Raised:
    """Return what handlers of the exception classes `caught` catch."""
    found = Raised.NOTHING
    for name in caught:
        found |= _CATCHES.get(name, Raised.NOTHING)
    return found


class Home(msgspec.Struct, frozen=True):
    """What to ask for the new place of something that is gone."""

    missing: Missing
    before: Answer | None = None


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One place that fails. Troubles of one rule and subject have one cause and make one finding."""

    rule: str
    subject: str
    """Stable dotted path of what it is about."""
    node: str
    """Node of the reach graph that has to be run: a unit or a class (`reach`)."""
    place: Place
    mask: Mask
    """Releases on which it fails if it is reached."""
    guard: Guard = Always()
    raised: Raised = Raised.NOTHING
    caught: frozenset[str] = frozenset()
    fallback: bool = False
    worst: Level = Level.ERROR
    """Most severe level it can have, however certainly it is reached."""
    sure_only: bool = False
    """Too weak a sign to be told where it is not reached with certainty."""
    by_engine: bool = False
    """It shows when vLLM uses what the plugin put in place, not when the place itself is run."""
    symbol: str = ""
    """As the place says it."""
    detail: str = ""
    """Why, where the subject alone does not say it; for example Python's message."""
    also: Mask = 0
    """Releases on which the same place fails for another cause: they are not releases on which it works."""
    home: Home | None = None
    names: tuple[str, ...] = ()
    """Names that the place takes from a missing module."""
    before: str = ""
    """What it was like on releases where it works, for example a signature."""
    after: str = ""
    """What it is like where it fails."""
    program: Program | None = None
    """The smallest program that fails where it does, where there is one."""
