"""What whoever builds an image is told meanwhile."""

from typing import Protocol


class BuildProgress(Protocol):
    """How far one platform's image is."""

    def stage(self, text: str) -> None:
        """Take note that a larger step begins: seconds to minutes."""
        ...

    def detail(self, text: str) -> None:
        """Take a line of a program that is at work."""
        ...

    def warn(self, text: str) -> None:
        """Take something that a reader must not miss."""
        ...


class SilentProgress:
    """Nothing is told."""

    def stage(self, text: str) -> None:
        """Ignore it."""

    detail = warn = stage
