"""`plugin-matrix engines`: the list, `sync` and `add`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin_matrix.cli.main import group
from plugin_matrix.surface import store
from plugin_matrix.surface.building import build_index
from plugin_matrix.surface.store import SurfaceIndex, own_path

from .trees import tree


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index([tree(tmp_path / "shipped", "0.33.0", {})], tmp_path / "shipped.sqlite", workers=1)
    monkeypatch.setattr(store, "shipped_path", lambda: tmp_path / "shipped.sqlite")


def test_without_a_word_engines_are_listed() -> None:
    result = CliRunner().invoke(group, ["engines"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "reference-0.33.0" in result.stdout


def test_adding_a_checkout_makes_a_copy_of_the_shipped_index_with_it(tmp_path: Path) -> None:
    checkout = tree(
        tmp_path, "checkout", {"a.py": "x = 1", "_version.py": "version = '0.34.0.dev3+gabc'"}
    ).root
    result = CliRunner().invoke(
        group, ["engines", "add", str(checkout), "--store", str(tmp_path / "store")], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "added 0.34.0.dev3+gabc" in result.stdout
    assert "2 releases, 0.33.0 to 0.34.0.dev3+gabc, 3 modules" in result.stdout
    index = SurfaceIndex.open(own_path(tmp_path / "store"))
    assert index.axis.releases == ("0.33.0", "0.34.0.dev3+gabc")
    assert index.modules()["vllm.a"] == 0b10


def test_a_name_may_be_given(tmp_path: Path) -> None:
    checkout = tree(tmp_path, "checkout", {}).root
    arguments = ["engines", "add", str(checkout), "--name", "0.35.0", "--store", str(tmp_path / "store")]
    assert "added 0.35.0" in CliRunner().invoke(group, arguments, catch_exceptions=False).stdout


def test_sync_says_when_there_is_nothing_to_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin_matrix.surface.updating.published", lambda _sources, **_options: ())
    result = CliRunner().invoke(
        group, ["engines", "sync", "--store", str(tmp_path / "store")], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "nothing to add" in result.stdout
    assert "1 releases, 0.33.0 to 0.33.0" in result.stdout
    assert not own_path(tmp_path / "store").exists()
