"""The functions of the Python interface; what they return and raise is in `model` and `errors`.

They read no `[tool.plugin-matrix]`: what is not an argument has the default that the command line has.
"""

import datetime as dt
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import UsageError
from plugin_matrix.gate.decision import Policy
from plugin_matrix.gate.decision import decide as decide_on
from plugin_matrix.model import CellResult, Decision, GateMode, Level, Results, Rule
from plugin_matrix.plugins.store import default_store
from plugin_matrix.report import FORMATS, rendered
from plugin_matrix.report import document as results_file
from plugin_matrix.rules import catalogue as rules
from plugin_matrix.run.check import check_all, open_surface, releases_asked_for
from plugin_matrix.run.policy import chosen_engines
from plugin_matrix.run.selection import release_terms

_LOG = logging.getLogger("plugin_matrix")


def check(
    *plugins: str | os.PathLike[str],
    engines: str | Iterable[str] = (),
    since: str | None = None,
    store: str | os.PathLike[str] | None = None,
) -> Results:
    """Hold the source of plugins against the sources of every vLLM release; nothing is installed or run.

    Args:
        plugins: Directories, wheels, sdists, or requirements such as `acme==1.4`, which are downloaded.
        engines: Releases to judge on, in the words of `--engines`; all when left out.
        since: Only this release and those after it.
        store: Where downloads are kept; `PLUGIN_MATRIX_STORE` or the user's cache directory when left out.

    Returns:
        Results with a `SurfaceResult` in `surface` for each plugin; one that cannot be read is in `problems`.

    Raises:
        PluginMatrixError: Where nothing is to be checked, an engine is not known or the index cannot be read.

    """
    if not plugins:
        raise UsageError("No plugin is named.", next_step="Name a directory, wheel, sdist or requirement.")
    place = Path(store) if store is not None else default_store()
    surface = open_surface(place)
    chosen = chosen_engines(_words(engines), surface.axis.releases, _today())
    terms = release_terms(chosen.terms, InterfaceHistory.load())
    asked = releases_asked_for(surface.axis, terms, since)
    named = bool(terms or since)
    return check_all([os.fspath(one) for one in plugins], surface, asked, store=place, asked_for=named)


def run_matrix(
    *plugins: str | os.PathLike[str],
    engines: str | Iterable[str] = "covering",
    platforms: str | Iterable[str] = (),
    companions: Iterable[str | os.PathLike[str]] = (),
    sandbox: Literal["auto", "container", "process"] = "auto",
    select: str | Iterable[str] = (),
    jobs: int | None = None,
    store: str | os.PathLike[str] | None = None,
) -> Results:
    """Run plugins on engines and platforms, every combination locked into a sandbox of its own.

    What people should know beside the results, such as that there are no containers, is logged as a warning
    by the logger `plugin_matrix`.

    Args:
        plugins: Directories, wheels, sdists or requirements.
        engines: In the words of `--engines`.
        platforms: Ids such as `cpu-py311`; this Python when left out.
        companions: What to install beside every plugin.
        sandbox: Where cells run: `auto`, `container` or `process`.
        select: Patterns over cell ids; all cells when left out.
        jobs: Cells at a time; as many as the machine bears when left out.
        store: Where environments are kept; `PLUGIN_MATRIX_STORE` or the user's cache directory when left out.

    Returns:
        Results with one `CellResult` in `cells` for each combination.

    Raises:
        PluginMatrixError: Where there is nothing to run, or a word names no engine, platform or sandbox.

    """
    # `check` must not wait for what only running needs.
    from plugin_matrix.engines.interpreters import default_platforms, parse_platform  # noqa: PLC0415
    from plugin_matrix.run import matrix  # noqa: PLC0415
    from plugin_matrix.run.sandboxes import Choice, sandboxes  # noqa: PLC0415
    from plugin_matrix.run.selection import select_engines  # noqa: PLC0415

    if not plugins:
        raise UsageError("No plugin is named.", next_step="Name a directory, wheel, sdist or requirement.")
    history = InterfaceHistory.load()
    chosen = chosen_engines(_words(engines), history.releases, _today())
    wanted = tuple(parse_platform(one) for one in _words(platforms)) or default_platforms()
    beside = tuple(os.fspath(one) for one in companions)
    defaults = matrix.RunSettings(store=Path(store) if store is not None else default_store())
    settings = matrix.RunSettings(
        store=defaults.store,
        jobs=jobs or defaults.jobs,
        select=_words(select),
        declared_only=chosen.declared,
    )
    with sandboxes(Choice(sandbox), wanted, settings.store, _LOG.warning) as given:
        return matrix.run_matrix(
            [matrix.Request(os.fspath(one), beside) for one in plugins],
            select_engines(chosen.terms, history),
            wanted,
            settings=settings,
            sandbox=given,
            history=history,
            progress=_Logged(),
        )


def decide(
    results: Results,
    *,
    baseline: str | os.PathLike[str] | None = None,
    gate: Literal["new", "all", "none"] | None = None,
    fail_on: Literal["error", "warning", "advice"] = "error",
) -> Decision:
    """Decide on results whether a plugin may go out; `exit_code` of the decision is that of the command.

    Args:
        results: From `check`, `run_matrix` or `read_results`.
        baseline: File that `plugin-matrix baseline update` wrote.
        gate: Which findings fail; `new` when left out and there is a baseline, else `all`.
        fail_on: The lowest level that fails.

    Raises:
        PluginMatrixError: Where the baseline cannot be read, or `gate` is `new` and there is none.

    """
    from plugin_matrix.gate.baseline import read_baseline  # noqa: PLC0415 - only where there is one

    if gate == "new" and baseline is None:
        raise UsageError("The gate for what is new needs a baseline.", next_step="Name one.")
    known = None if baseline is None else read_baseline(Path(baseline))
    mode = GateMode(gate) if gate else GateMode.ALL if known is None else GateMode.NEW
    return decide_on(results, Policy(mode=mode, fail_on=Level(fail_on), baseline=known))


def read_results(path: str | os.PathLike[str]) -> Results:
    """Return the results in a `results.json`.

    Raises:
        PluginMatrixError: With the place of the trouble, where the file cannot be read or is none.

    """
    return results_file.read_results(Path(path))


def write_results(results: Results, path: str | os.PathLike[str]) -> None:
    """Write a `results.json`, whole or not at all.

    Raises:
        PluginMatrixError: Where that is not possible.

    """
    results_file.write_results(results, Path(path))


def render(results: Results, format_name: str) -> bytes:
    """Return a report on results: `json`, `html`, `junit`, `markdown` or `sarif`.

    Raises:
        PluginMatrixError: For a format that there is not.

    """
    if format_name not in FORMATS:
        raise UsageError(
            f"There is no report format {format_name!r}.", next_step=f"The formats are {', '.join(FORMATS)}."
        )
    return rendered(results, format_name)


def catalogue() -> Mapping[str, Rule]:
    """Return all rules by id."""
    return rules()


def _words(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


class _Logged:
    """Progress that nobody watches; notes are logged."""

    def start(self, total: int) -> None:
        """Ignore the number of cells."""

    def finished(self, result: CellResult) -> None:
        """Ignore the cell."""

    def stop(self) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Log the text."""
        _LOG.warning("%s", text)
