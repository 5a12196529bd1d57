import subprocess
import sys
from pathlib import Path

import pytest

from plugin_matrix.plugins.uv import UvResult, run_uv

from .conftest import Run


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """An empty virtual environment with the Python that runs the tests."""
    path = tmp_path / "venv"
    made = run_uv(["venv", "--python", sys.executable, str(path)], directory=tmp_path, seconds=60)
    assert made.ok, made.messages
    return path


@pytest.fixture
def venv_with_pip(tmp_path: Path) -> Path:
    """One as `python -m venv` makes it."""
    path = tmp_path / "venv-with-pip"
    subprocess.run([sys.executable, "-m", "venv", str(path)], check=True)
    return path


def install(run: Run, venv: Path, engine: str) -> subprocess.CompletedProcess[str]:
    return run("plugin_matrix", "engines", "install", engine, "--into", str(venv), "--no-torch")


def versions(venv: Path) -> str:
    code = "import vllm, importlib.metadata as m; print(vllm.__version__, m.version('vllm'))"
    return subprocess.run(
        [venv / "bin" / "python", "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def uv(venv: Path, *arguments: str) -> UvResult:
    return run_uv(["pip", *arguments, "--python", str(venv)], directory=venv, seconds=60)


def test_an_environment_is_given_an_engine_and_then_another(run: Run, venv: Path) -> None:
    for release in ("0.33.0", "0.32.0"):
        done = install(run, venv, f"reference-{release}")
        assert (done.returncode, done.stdout) == (0, f"{venv} has reference-{release}\n"), done.stderr
        assert versions(venv) == f"{release}+reference {release}+reference"
        shown = uv(venv, "list").output
        assert f"{release}+reference" in shown
        assert "vllm-plugin-matrix-pytest" in shown


def test_installers_take_the_engine_for_installed(run: Run, venv: Path) -> None:
    install(run, venv, "latest")
    wanted = uv(venv, "install", "--dry-run", "--no-index", "vllm>=0.32")
    assert wanted.ok, wanted.messages
    assert "Would make no changes" in wanted.messages


def pip(venv: Path, *arguments: str) -> str:
    argv = [str(venv / "bin" / "python"), "-m", "pip", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_pip_takes_the_engine_for_installed_and_can_uninstall_it(run: Run, venv_with_pip: Path) -> None:
    install(run, venv_with_pip, "latest")
    assert "already satisfied: vllm>=0.32" in pip(venv_with_pip, "install", "--no-index", "vllm>=0.32")
    assert "Successfully uninstalled vllm" in pip(venv_with_pip, "uninstall", "-y", "vllm")
    install(run, venv_with_pip, "latest")
    assert versions(venv_with_pip) == "0.33.0+reference 0.33.0+reference"


def test_uninstalling_takes_nothing_from_the_store(run: Run, venv: Path) -> None:
    install(run, venv, "latest")
    assert uv(venv, "uninstall", "vllm").ok
    install(run, venv, "latest")
    assert versions(venv) == "0.33.0+reference 0.33.0+reference"


def test_an_engine_of_others_is_not_replaced(run: Run, venv: Path) -> None:
    information = next(venv.glob("lib/python3.*/site-packages")) / "vllm-0.30.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0.30.0\n")
    done = install(run, venv, "latest")
    assert done.returncode == 2
    assert "has an engine already: vllm-0.30.0" in done.stderr


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("reference-0.333.0", "0.333.0"),
        (">=0.32", "names 2 engines, and one is wanted"),
    ],
)
def test_what_is_no_engine_is_told(run: Run, venv: Path, engine: str, told: str) -> None:
    done = install(run, venv, engine)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_environment_is_told(run: Run, tmp_path: Path) -> None:
    done = install(run, tmp_path / "nowhere", "latest")
    assert done.returncode == 2
    assert "is no virtual environment" in done.stderr
