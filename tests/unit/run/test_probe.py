import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from plugin_matrix.engines.interpreters import default_platforms, find_interpreter
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.run import probe as probe_module
from plugin_matrix.run.probe import CompiledProbe

INTERPRETER = find_interpreter(default_platforms()[0])


@dataclass
class FakeEnvironment:
    base: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(interpreter=INTERPRETER))


def compiled(store: Path) -> Path:
    return CompiledProbe(store)(FakeEnvironment())  # type: ignore[arg-type]


def test_every_module_of_the_copy_has_byte_code_that_python_accepts(tmp_path: Path) -> None:
    copy = compiled(tmp_path)
    modules = sorted(copy.rglob("*.py"))
    assert len(modules) > 20
    for module in modules:
        assert list((module.parent / "__pycache__").glob(f"{module.stem}.*.pyc")), module
    told = subprocess.run(
        [sys.executable, "-I", "-B", "-v", str(copy / "__main__.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "matches" in told.stderr
    assert not [line for line in told.stderr.splitlines() if "stale" in line and str(copy) in line]


def test_a_copy_is_made_once_and_anew_when_the_probe_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compiled(tmp_path / "store")
    assert compiled(tmp_path / "store") == first
    changed = tmp_path / "probe"
    changed.mkdir()
    (changed / "__main__.py").write_text("pass\n")
    monkeypatch.setattr(probe_module, "PROBE", changed)
    assert compiled(tmp_path / "store") != first


def test_a_probe_that_cannot_be_compiled_is_our_trouble_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "probe"
    broken.mkdir()
    (broken / "__main__.py").write_text("def (")
    monkeypatch.setattr(probe_module, "PROBE", broken)
    with pytest.raises(EnvironmentMakingError, match="cannot compile the probe"):
        compiled(tmp_path / "store")
    assert list((tmp_path / "store" / "probes").iterdir()) == []
