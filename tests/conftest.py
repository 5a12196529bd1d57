"""What all trees share: one store of environments, and the Python that has torch."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from plugin_matrix.engines.base import provide_base
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.plugins.indexes import configured_sources
from plugin_matrix.plugins.store import Store

# The index that is shipped grows old, and what is printed is not to change with the day.
os.environ.setdefault("PLUGIN_MATRIX_NOTICE", "0")
# Programs inherit what a test run in the background ignores, and tests tell them to end with it.
for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments and wheels of this test run; kept where PLUGIN_MATRIX_STORE says."""
    configured = os.environ.get("PLUGIN_MATRIX_STORE")
    return Path(configured) if configured else tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def torch_python(store: Path) -> str:
    """Python of an environment with torch; the test is skipped where no CPU build can be had."""
    try:
        base = provide_base(default_platforms()[0], Store(store), configured_sources(), torch=True)
    except EnvironmentMakingError as error:
        pytest.skip(f"no CPU build of torch can be had for this Python: {error}")
    return str(base.path / "bin" / "python")
