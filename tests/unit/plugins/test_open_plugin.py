"""What comes in through `open_plugin`, from wheels, directories, sdists and indexes on disk."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.errors import NotAPluginError, PluginError
from plugin_matrix.model import EntryPoint
from plugin_matrix.plugins import open_plugin
from plugin_matrix.plugins.indexes import PackageSources

OFFLINE = PackageSources(offline=True)
BACKEND = """
import zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "acme-1.0-py3-none-any.whl"
    info = "acme-1.0.dist-info/"
    with zipfile.ZipFile(wheel_directory + "/" + name, "w") as archive:
        archive.write("acme.py")
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: acme\\nVersion: 1.0\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "entry_points.txt", "[vllm.general_plugins]\\nacme = acme:register\\n")
        archive.writestr(info + "RECORD", "")
    return name
"""
PROJECT = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": BACKEND,
    "acme.py": "def register():\n    pass\n",
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def write_project(directory: Path, **changes: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in (
        PROJECT | {name.replace("_py", ".py"): text for name, text in changes.items()}
    ).items():
        (directory / name).write_text(text)
    return directory


def write_sdist(path: Path, files: dict[str, str] = PROJECT) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"acme-1.0/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def test_a_wheel_is_opened_and_says_of_itself_what_its_metadata_says(make_wheel: Any, store: Path) -> None:
    text = (
        "[vllm.platform_plugins]\nz = acme:platform\n"
        "[console_scripts]\na = acme:main\n[vllm.general_plugins]\nb=acme:b\n"
    )
    wheel = make_wheel(
        requires=("vllm>=0.9", 'numpy; extra == "fast"'),
        entry_points=text,
        tag="cp312-cp312-macosx_11_0_arm64",
    )
    opened = open_plugin(str(wheel), store, OFFLINE)
    assert opened.plugin.id == "acme==1.0"
    assert opened.plugin.entry_points == (
        EntryPoint("vllm.general_plugins", "b", "acme:b"),
        EntryPoint("vllm.platform_plugins", "z", "acme:platform"),
    )
    assert opened.plugin.requires_dist == ("vllm>=0.9", 'numpy; extra == "fast"')
    assert opened.plugin.wheel_tags == ("cp312-cp312-macosx_11_0_arm64",)
    assert opened.plugin.source == wheel.name
    assert opened.plugin.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert opened.wheel.is_relative_to(store)
    assert opened.wheel.read_bytes() == wheel.read_bytes()


def test_metadata_that_no_installer_looks_at_may_be_wrong(make_wheel: Any, store: Path) -> None:
    odd = b"Metadata-Version: 2.1\nName: acme\nVersion: 1.0\nLicense-Expression: as you like\nSummary: \xff\n"
    wheel = make_wheel(files={"acme-1.0.dist-info/METADATA": odd})
    assert open_plugin(str(wheel), store, OFFLINE).plugin.id == "acme==1.0"


@pytest.mark.parametrize(
    ("entry_points", "told"),
    [
        (None, "it has none at all"),
        ("[console_scripts]\na = acme:b\n[x.y]\nc = acme:d\n", "it has console_scripts, x.y"),
    ],
)
def test_a_distribution_without_vllm_entry_points_is_told_which_groups_it_has(
    make_wheel: Any, store: Path, entry_points: str | None, told: str
) -> None:
    with pytest.raises(NotAPluginError, match=told):
        open_plugin(str(make_wheel(entry_points=entry_points)), store, OFFLINE)


def test_an_entry_point_name_that_cannot_be_selected_is_kept_for_the_rules(
    make_wheel: Any, store: Path
) -> None:
    wheel = make_wheel(
        entry_points="[vllm.general_plugins]\na,b = acme:register\nwith space = acme:register\n"
    )
    names = [point.name for point in open_plugin(str(wheel), store, OFFLINE).plugin.entry_points]
    assert names == ["a,b", "with space"]


def test_extras_behind_a_path_are_kept(make_wheel: Any, store: Path) -> None:
    assert open_plugin(f"{make_wheel()}[fast,big]", store, OFFLINE).extras == {"fast", "big"}


def test_a_directory_is_built_once_until_its_content_changes_and_is_not_written_to(
    tmp_path: Path, store: Path
) -> None:
    project = write_project(tmp_path / "project")
    before = sorted(project.iterdir())
    first = open_plugin(str(project), store, OFFLINE)
    (project / "__pycache__").mkdir()
    (project / "__pycache__" / "acme.pyc").write_bytes(b"left over")
    second = open_plugin(str(project), store, OFFLINE)
    (project / "__pycache__" / "acme.pyc").unlink()
    (project / "__pycache__").rmdir()
    (project / "acme.py").write_text("def register():\n    return 1\n")
    third = open_plugin(str(project), store, OFFLINE)
    assert first.plugin.id == "acme==1.0"
    assert first.plugin.source == "project"
    assert second == first
    assert third.plugin.sha256 != first.plugin.sha256
    assert sorted(project.iterdir()) == before


def test_an_sdist_is_built(tmp_path: Path, store: Path) -> None:
    opened = open_plugin(str(write_sdist(tmp_path / "acme-1.0.tar.gz")), store, OFFLINE)
    assert (opened.plugin.id, opened.plugin.source) == ("acme==1.0", "acme-1.0.tar.gz")


def test_a_build_that_fails_ends_with_the_builders_last_lines(tmp_path: Path, store: Path) -> None:
    project = write_project(
        tmp_path / "project", backend_py="def build_wheel(*a, **k): raise RuntimeError('no compiler')\n"
    )
    with pytest.raises(PluginError, match=r"(?s)No wheel can be built from project.*no compiler") as caught:
        open_plugin(str(project), store, OFFLINE)
    assert "uv build --wheel project" in caught.value.next_step
    assert not list((store / "built").iterdir())


def test_a_directory_that_is_no_project_says_what_is_missing(tmp_path: Path, store: Path) -> None:
    with pytest.raises(PluginError, match="it has no pyproject"):
        open_plugin(str(tmp_path), store, OFFLINE)


@pytest.fixture
def index(make_wheel: Any, tmp_path: Path) -> PackageSources:
    """A package index on disk: 0.9, 1.0, a yanked 2.0 and a pre-release 3.0rc1 of acme."""
    files = tmp_path / "files"
    page = tmp_path / "simple" / "acme"
    page.mkdir(parents=True)
    rows = []
    for version, tag, attribute in (
        ("0.9", "py3-none-any", ""),
        ("1.0", "cp39-cp39-win32", ""),
        ("1.0", "py3-none-any", ""),
        ("2.0", "py3-none-any", ' data-yanked="broken"'),
        ("3.0rc1", "py3-none-any", ""),
    ):
        wheel = make_wheel(version=version, tag=tag, directory=files)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        rows.append(f'<a href="{wheel.as_uri()}#sha256={digest}"{attribute}>{wheel.name}</a>')
    (page / "index.html").write_text("<!DOCTYPE html><html><body>" + "\n".join(rows) + "</body></html>")
    return PackageSources(index_url=(tmp_path / "simple").as_uri())


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("acme", "acme-1.0-py3-none-any.whl"),
        ("acme<1", "acme-0.9-py3-none-any.whl"),
        ("acme==2.0", "acme-2.0-py3-none-any.whl"),
        ("acme>=3.0rc1", "acme-3.0rc1-py3-none-any.whl"),
        ("Acme[fast]>=1", "acme-1.0-py3-none-any.whl"),
    ],
)
def test_a_requirement_takes_the_newest_release_that_is_neither_yanked_nor_early(
    index: PackageSources, store: Path, requirement: str, expected: str
) -> None:
    opened = open_plugin(requirement, store, index)
    assert opened.wheel.name == expected
    assert opened.plugin.source == requirement
    assert opened.extras == ({"fast"} if "[" in requirement else set())


def test_a_wheel_for_another_platform_is_taken_when_there_is_no_other(
    make_wheel: Any, tmp_path: Path, store: Path
) -> None:
    make_wheel(tag="cp312-cp312-macosx_11_0_arm64", directory=tmp_path / "links")
    write_sdist(tmp_path / "links" / "acme-1.0.tar.gz")
    sources = PackageSources(offline=True, find_links=(str(tmp_path / "links"),))
    assert open_plugin("acme", store, sources).plugin.wheel_tags == ("cp312-cp312-macosx_11_0_arm64",)


def test_an_sdist_is_taken_where_there_is_no_wheel(tmp_path: Path, store: Path) -> None:
    (tmp_path / "links").mkdir()
    write_sdist(tmp_path / "links" / "acme-1.0.tar.gz")
    sources = PackageSources(offline=True, find_links=(str(tmp_path / "links"),))
    assert open_plugin("acme", store, sources).plugin.id == "acme==1.0"


def test_content_that_is_not_what_the_index_promises_is_refused(
    index: PackageSources, tmp_path: Path, store: Path
) -> None:
    wheel = tmp_path / "files" / "acme-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(PluginError, match="not what the index promises"):
        open_plugin("acme==1.0", store, index)


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("acme>=9", r"No release of acme satisfies acme>=9 \(there are 0.9, 1.0, 3.0rc1\)"),
        ("nobody", "There is no distribution called nobody"),
        ("not a name!", "neither a path nor a requirement"),
        ("", "neither a path nor a requirement"),
        ("acme @ https://example.invalid/acme-1.0-py3-none-any.whl", "names a URL"),
    ],
)
def test_a_requirement_that_leads_nowhere_says_why(
    index: PackageSources, store: Path, requirement: str, message: str
) -> None:
    with pytest.raises(PluginError, match=message) as caught:
        open_plugin(requirement, store, index)
    assert caught.value.next_step


def test_an_index_that_does_not_answer_is_not_taken_for_one_without_the_plugin(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin_matrix.plugins.download.time.sleep", lambda _: None)
    # Port 9 of this machine: nothing listens there.
    sources = PackageSources(index_url="http://127.0.0.1:9/simple", trusted_hosts=("127.0.0.1",))
    with pytest.raises(PluginError, match="the package index does not answer") as caught:
        open_plugin("acme", store, sources)
    assert "network" in caught.value.next_step
