"""Progress for people: a live bar on a terminal, plain lines everywhere else."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from plugin_matrix.model import CellResult, word
from plugin_matrix.run import execute


def progress_for(console: Console) -> execute.Progress:
    """Return a live bar where `console` is a terminal, else plain lines."""
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)


class LiveProgress:
    """A bar with counts and the last cell."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("cells"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[last]}", markup=False),
            console=console,
        )
        self._task = self._bar.add_task("cells", total=None, last="")

    def start(self, total: int) -> None:
        """Show the bar."""
        self._bar.update(self._task, total=total)
        self._bar.start()

    def finished(self, result: CellResult) -> None:
        """Advance by one."""
        self._bar.update(self._task, advance=1, last=f"{word(result.verdict)} {result.id}")

    def stop(self) -> None:
        """Leave the bar as it is."""
        self._bar.stop()

    def note(self, text: str) -> None:
        """Print below the bar."""
        _print(self._bar.console, text)


class PlainProgress:
    """One line for each cell, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = 0
        self._done = 0

    def start(self, total: int) -> None:
        """Remember the number of cells."""
        self._total = total

    def finished(self, result: CellResult) -> None:
        """Print a line."""
        self._done += 1
        rules = " ".join(sorted({finding.rule for finding in result.findings}))
        line = (
            f"[{self._done}/{self._total}] {word(result.verdict)} {result.id} {result.seconds:.1f}s {rules}"
        )
        _print(self._console, line.rstrip())

    def stop(self) -> None:
        """Do nothing: every line is out already."""

    def note(self, text: str) -> None:
        """Print a line."""
        _print(self._console, text)


class SilentProgress:
    """Nothing, for callers that show nothing."""

    def start(self, total: int) -> None:
        """Ignore the number of cells."""

    def finished(self, result: CellResult) -> None:
        """Ignore the cell."""

    def stop(self) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Ignore the text."""


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
