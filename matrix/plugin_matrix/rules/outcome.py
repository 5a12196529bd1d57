"""What judging a part of a check comes to."""

import msgspec

from plugin_matrix.model import Cause, Finding


class Doubt(msgspec.Struct, frozen=True):
    """A check that could not be decided, for reasons that are not the plugin's."""

    cause: Cause
    detail: str


class Skip(msgspec.Struct, frozen=True):
    """A check, or a part of it, that was not made or whose outcome another check tells."""

    reason: str


class Note(msgspec.Struct, frozen=True):
    """What a check that found nothing did not ask."""

    text: str


Outcome = Finding | Doubt | Skip | Note
