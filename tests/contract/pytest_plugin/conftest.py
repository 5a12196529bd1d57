"""Fixtures of the pytest plugin's tests."""

from pathlib import Path

import pytest

from .beside_engine import THIS_PYTHON, Place, RunTests, make_place


@pytest.fixture(
    scope="session",
    params=[
        {"pythons": ("3.13", THIS_PYTHON), "release": "0.33.0", "pytest_version": "pytest"},
        {"pythons": ("3.9",), "release": "0.9.2", "pytest_version": "pytest==7.0.*"},
    ],
    ids=["newest", "oldest"],
)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, store: Path) -> Place:
    """An environment with the newest engine and pytest, and one with the oldest Python and pytest."""
    return make_place(tmp_path_factory.mktemp("engine"), store, **request.param)


@pytest.fixture
def run_tests(pytester: pytest.Pytester, place: Place) -> RunTests:
    """Run a test module beside the engine."""

    def run(source: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(test_acme=source)
        return pytester.run(
            place.python, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", *arguments
        )

    return run
