"""Remembering what was followed, and cutting the circles in which imports and values run."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Result = TypeVar("Result")
_UNKNOWN: Any = object()


class Memo:
    """Results by question. A question asked again while it is being answered gets what `cut` says.

    What was found under such a cut holds only for the question that was cut, so only that is remembered.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}
        self._asked: set[Hashable] = set()
        self._cut: set[Hashable] = set()

    def get(self, question: Hashable, answer: Callable[[], Result], cut: Result) -> Result:
        """Return the answer to `question`, worked out by `answer` when asked for the first time."""
        known: Result = self._known.get(question, _UNKNOWN)  # questions name their answer's kind
        if known is not _UNKNOWN:
            return known
        if question in self._asked:
            self._cut.add(question)
            return cut
        self._asked.add(question)
        try:
            result = answer()
        finally:
            self._asked.discard(question)
        self._cut.discard(question)
        if not self._cut:
            self._known[question] = result
        return result
