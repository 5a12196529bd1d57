"""The pytest plugin: what a vLLM plugin's own tests need to speak of engines, loaders and processes.

It runs where the tests run, inside an engine's environment: CPython 3.9 or later with pytest (7.0 or later,
whose own requirement `packaging` reads versions) and the standard library, beside the probe. Everything
heavier than that is imported by the tests that ask for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import pytest

from . import engine_range, isolation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .engine_range import Engine
    from .plugin_asserts import PluginAsserts
    from .state_watch import Change, StateWatch

_ISOLATING = "vllm_load"
"""Fixture whose tests are run in a process of their own."""
_MARKERS = (
    "vllm(specifier, real=False): run on releases in it ('>=0.20') only; with real=True on real vLLM only.",
    "vllm_isolated(seconds=300): run in a forked process whose vLLM has loaded no plugins yet.",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_report_header() -> str | None:
    """Say which engine the tests run on."""
    engine = engine_range.installed_engine()
    return f"vllm: {engine}" if engine else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that are meant for other engines, and those that need a process of their own."""
    for item in items:
        engine_range.skip_elsewhere(item)
        if _ISOLATING in getattr(item, "fixturenames", ()) and not item.get_closest_marker("vllm_isolated"):
            item.add_marker("vllm_isolated")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run isolated tests in a process of their own."""
    marker = item.get_closest_marker("vllm_isolated")
    if marker is None or isolation.inside() or item.get_closest_marker("skip") or _debugging(item):
        return None
    isolation.run(item, nextitem, seconds=isolation.seconds_of(marker))
    return True


def _debugging(item: pytest.Item) -> bool:
    """Tell whether a debugger is to be entered, which only this process has the terminal for."""
    return bool(item.config.getoption("usepdb", default=False))


@pytest.fixture(scope="session")
def vllm_engine() -> Engine:
    """Return the engine the tests run on: `version`, `kind` and `release`."""
    engine = engine_range.installed_engine()
    if engine is None:
        pytest.skip("vllm is not installed")
    return engine


@pytest.fixture
def vllm_plugins(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that names the plugins that vLLM may load: it sets `VLLM_PLUGINS` for this test.

    Without names the variable is removed, so that vLLM loads all.
    """

    def name(*names: str) -> None:
        if names:
            monkeypatch.setenv("VLLM_PLUGINS", ",".join(names))
        else:
            monkeypatch.delenv("VLLM_PLUGINS", raising=False)

    return name


@pytest.fixture
def vllm_state() -> StateWatch:
    """Return what takes snapshots of the process (registries, patches, handlers, ...) and compares them."""
    from .state_watch import StateWatch  # noqa: PLC0415 - for those tests alone

    return StateWatch()


@pytest.fixture
def vllm_load(vllm_plugins: Callable[..., None], vllm_state: StateWatch) -> Callable[..., list[Change]]:
    """Return a function that loads general plugins by name, as vLLM does, and says what that changed.

    The test runs in a process of its own, in which vLLM has loaded none yet.
    """
    from .loading import load  # noqa: PLC0415 - as above

    def load_named(*names: str) -> list[Change]:
        vllm_plugins(*names)
        before = vllm_state.snapshot()
        load(names)
        return vllm_state.changes(before)

    return load_named


@pytest.fixture(scope="session")
def vllm_plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginAsserts]:
    """Return what asserts the loader's contract of a plugin, in interpreters that have just imported vLLM."""
    from .plugin_asserts import PluginAsserts  # noqa: PLC0415 - as above

    asserts = PluginAsserts(str(tmp_path_factory.mktemp("vllm-plugin")))
    yield asserts
    asserts.close()


@pytest.fixture(scope="session")
def assert_reentrant(vllm_plugin: PluginAsserts) -> Callable[[Any], None]:
    """Return `vllm_plugin.assert_reentrant`."""
    return vllm_plugin.assert_reentrant
