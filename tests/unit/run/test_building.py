"""Build backends are strangers' code: each of these is one that attacks, or fails, or does what it should."""

import io
import os
import socket
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plugin_matrix.errors import PluginError
from plugin_matrix.plugins import open_plugin
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.run.building import SandboxedBackend
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox, best_strategy
from plugin_matrix.sandbox.strategy import Strategy

QUICK = Limits(wall_seconds=10, memory_bytes=512 * 1024**2, processes=48, output_bytes=1 << 20)
NOWHERE = PackageSources(offline=True)
GOOD = """
import zipfile
def build_wheel(directory, settings=None, metadata=None):
    name = "acme-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        wheel.writestr("acme.py", "def register(): pass")
        info = "acme-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: acme\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[vllm.general_plugins]\\nacme = acme:register\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""

Build = Callable[[str], Path]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxedBackend]:
    scratch = tmp_path_factory.mktemp("scratch")
    if best_strategy(str(scratch)) is Strategy.PROCESS_GROUP:
        pytest.skip("this machine permits no namespaces")
    sandbox = ProcessSandbox(scratch)
    yield SandboxedBackend(lambda: sandbox, QUICK)
    sandbox.close()


@pytest.fixture
def build(backend: SandboxedBackend, tmp_path: Path) -> Build:
    def build(source: str) -> Path:
        project = tmp_path / "project"
        project.mkdir()
        (project / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            '[project]\nname = "acme"\nversion = "1.0"\n'
        )
        (project / "backend.py").write_text(textwrap.dedent(source))
        return open_plugin(str(project), tmp_path / "store", NOWHERE, backend).wheel

    return build


def test_a_good_backend_makes_a_wheel_and_is_locked_in(build: Build, backend: SandboxedBackend) -> None:
    wheel = build(GOOD)
    assert wheel.name == "acme-1.0-py3-none-any.whl"
    assert "acme.py" in zipfile.ZipFile(io.BytesIO(wheel.read_bytes())).namelist()
    assert backend.isolation is not None
    assert "own network namespace without any network" in backend.isolation.enforced


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        ("raise RuntimeError('no compiler')", "no compiler"),
        ("import os; os._exit(0)", "failed"),
        ("import os; os._exit(7)", "failed"),
        ("import os; os.kill(os.getpid(), 9)", "was killed"),
        ("import time; time.sleep(600)", "not done in time"),
        ("x = bytearray(4 << 30)", "memory"),
        ("while True: print('x' * 10000)", "printed without bound"),
        ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", "processes"),
        (
            "import os, json; os.chdir('/'); import sys; open(sys.argv[2], 'w').write('{}'); os._exit(0)",
            "no wheel",
        ),
        ("import os, sys; os.symlink('/etc/passwd', sys.argv[2]); os._exit(0)", "failed"),
        ("def build_wheel(*_): return '../../acme-1.0-py3-none-any.whl'", "failed"),
        ("def get_requires_for_build_wheel(_): return ['acme @ file:///etc']", "not installed"),
        ("def get_requires_for_build_wheel(_): return ['--index-url=x']", "no requirement"),
        ("def get_requires_for_build_wheel(_): return ['not-there-at-all']", "cannot be installed"),
        ("import no_such_backend", "no_such_backend"),
    ],
)
def test_a_backend_that_attacks_or_fails_is_a_clear_error(build: Build, attack: str, told: str) -> None:
    with pytest.raises(PluginError, match=told) as raised:
        build(attack)
    assert "project" in str(raised.value)


def test_a_backend_cannot_write_outside_its_scratch_nor_into_the_project(
    build: Build, tmp_path: Path
) -> None:
    outside = tmp_path / "open to all"
    outside.mkdir()
    outside.chmod(0o777)
    attack = f"""
for place in ({str(outside)!r}, "/etc", "/usr/lib", {str(tmp_path)!r}):
    try: open(place + "/mark", "w").write("x")
    except OSError: pass
open("mark", "w").write("in its own copy")
"""
    build(attack + GOOD)
    assert list(tmp_path.rglob("mark")) == []
    assert not Path("/etc/mark").exists()


def test_a_backend_has_no_network_and_not_the_harness_environment(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "do not tell")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        attack = f"""
import os, socket
assert "SECRET_TOKEN" not in os.environ
assert os.getuid() != {os.getuid() if os.getuid() == 0 else -1}
try: socket.create_connection(("127.0.0.1", {listening.getsockname()[1]}), 2)
except OSError as error: print(error)
else: raise SystemExit("reached the host")
"""
        build(attack + GOOD)


def test_without_a_build_system_table_setuptools_is_asked_for(tmp_path: Path) -> None:
    project = tmp_path / "old"
    project.mkdir()
    (project / "setup.py").write_text("")
    with pytest.raises(PluginError, match="setuptools"):
        open_plugin(str(project), tmp_path / "store", NOWHERE, run=lambda _: pytest.fail("not reached"))
