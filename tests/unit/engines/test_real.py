"""Real engines from an index of made-up releases: safe, whole or absent, made once."""

import email
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugin_matrix.engines import packages, real
from plugin_matrix.engines.base import provide_base
from plugin_matrix.engines.installed import real_engines, remove_engines
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.engines.needs import Needs
from plugin_matrix.engines.packages import provide_packages
from plugin_matrix.engines.real import wheel_of
from plugin_matrix.errors import (
    EngineError,
    EnvironmentMakingError,
    PluginError,
    PluginMatrixError,
    SurfaceIndexError,
)
from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.plugins.store import Store

from ..index_of_vllm import Index

ENGINE = Engine(EngineKind.RELEASE, "0.33.0")
METADATA = "Metadata-Version: 2.4\nName: vllm\nVersion: 0.33.0\nSummary: fast\n\nVersion: of the text\n"
ENTRY_POINTS = "[vllm.general_plugins]\nown = vllm.own:register\n"
SDIST = {
    "PKG-INFO": METADATA,
    "vllm.egg-info/entry_points.txt": ENTRY_POINTS,
    "setup.py": "raise SystemExit('built')",
    "vllm/__init__.py": "from vllm._version import __version__\n",
    "vllm/_version.py": "__version__ = '0.33.0'\n",
    "vllm/configs/a.json": "{}",
    "vllm/_C.abi3.so": "compiled",
    "csrc/ops.cu": "",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def content(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_an_engine_is_the_package_of_the_sdist_and_nothing_of_it_was_run(index: Index, store: Store) -> None:
    index.sdist("0.33.0", SDIST)
    wheel = wheel_of(ENGINE, store, index.sources)
    assert wheel.name == "vllm-0.33.0+cpu-py3-none-any.whl"
    found = content(wheel)
    assert {name for name in found if name.startswith("vllm/")} == {
        "vllm/__init__.py",
        "vllm/_version.py",
        "vllm/configs/a.json",
    }
    assert found["vllm-0.33.0+cpu.dist-info/entry_points.txt"] == ENTRY_POINTS
    metadata = email.message_from_string(found["vllm-0.33.0+cpu.dist-info/METADATA"])
    assert (metadata["Version"], metadata["Summary"]) == ("0.33.0+cpu", "fast")
    assert "Version: of the text" in metadata.get_payload()


def test_what_is_made_is_a_wheel_that_pip_and_uv_install(index: Index, store: Store, tmp_path: Path) -> None:
    index.sdist("0.33.0", SDIST)
    wheel = wheel_of(ENGINE, store, index.sources)
    target = tmp_path / "target"
    install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-index", "--no-deps", "--no-cache"]
    subprocess.run([*install, "--target", str(target), str(wheel)], check=True)
    ask = "import vllm, importlib.metadata as m; print(vllm.__version__, m.version('vllm'))"
    answer = subprocess.run([sys.executable, "-c", ask], cwd=target, capture_output=True, check=True)
    assert answer.stdout.split() == [b"0.33.0", b"0.33.0+cpu"]


def test_without_an_sdist_the_files_come_from_the_wheel(index: Index, store: Store) -> None:
    engine = Engine(EngineKind.RELEASE, "0.15.0")
    info = "vllm-0.15.0.dist-info"
    index.wheel(
        "0.15.0",
        {
            "vllm/__init__.py": "",
            "vllm/_C.abi3.so": "compiled",
            f"{info}/METADATA": "Name: vllm\nVersion: 0.15.0\n",
            f"{info}/entry_points.txt": ENTRY_POINTS,
        },
    )
    found = content(wheel_of(engine, store, index.sources))
    assert "vllm/_C.abi3.so" not in found
    assert found["vllm-0.15.0+cpu.dist-info/entry_points.txt"] == ENTRY_POINTS
    assert "version = '0.15.0'" in found["vllm/_version.py"]


def test_an_engine_that_is_there_needs_no_index(index: Index, store: Store) -> None:
    index.sdist("0.33.0", SDIST)
    first = wheel_of(ENGINE, store, index.sources)
    index.artefacts.clear()
    assert wheel_of(ENGINE, store, index.sources) == first


def _link(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"vllm-0.33.0/{name}")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "hostile", [{"vllm/../../evil.py": "x = 1"}, {"vllm/evil.py": _link("vllm/evil.py")}]
)
def test_what_would_lead_out_of_an_engine_is_left_out(
    index: Index, store: Store, hostile: Mapping[str, str | tarfile.TarInfo]
) -> None:
    index.sdist("0.33.0", {**SDIST, **hostile})
    assert not any("evil" in name for name in content(wheel_of(ENGINE, store, index.sources)))


@contextmanager
def promising_other_content(index: Index) -> Iterator[None]:
    index.sdist("0.33.0", SDIST)
    index.promised["vllm-0.33.0.tar.gz"] = "0" * 64
    yield


@contextmanager
def with_a_cut_off_sdist(index: Index) -> Iterator[None]:
    index.sdist("0.33.0", SDIST)
    whole = index.artefacts["vllm-0.33.0.tar.gz"]
    index.artefacts["vllm-0.33.0.tar.gz"] = whole[: len(whole) // 2]
    yield


@contextmanager
def with_a_withdrawn_one(index: Index) -> Iterator[None]:
    index.sdist("0.33.0", SDIST, ' data-yanked="leaks memory"')
    yield


@contextmanager
def with_another_one(index: Index) -> Iterator[None]:
    index.sdist("0.32.0", SDIST)
    yield


@contextmanager
def without_the_package(index: Index) -> Iterator[None]:
    index.sdist("0.33.0", {"PKG-INFO": METADATA, "vllm/readme.md": ""})
    yield


@contextmanager
def with_a_name_twice(index: Index) -> Iterator[None]:
    index.sdist("0.33.0", {**SDIST, "vllm/A.py": "", "vllm/a.py": ""})
    yield


@contextmanager
def that_never_answers(index: Index) -> Iterator[None]:
    index.refusals = 99
    yield


TROUBLE = {
    promising_other_content: "not what the index promises",
    with_a_cut_off_sdist: "broken archive",
    with_a_withdrawn_one: "withdrawn from the package index: leaks memory",
    with_another_one: "no vLLM 0.33.0",
    without_the_package: "holds no package `vllm`",
    with_a_name_twice: "differ in case only",
    that_never_answers: "does not answer",
}


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: trouble.__name__)
def test_an_index_in_trouble_says_what_it_is_and_no_engine_is_half_made(
    index: Index, store: Store, trouble: type
) -> None:
    with trouble(index), pytest.raises((EngineError, SurfaceIndexError, PluginError), match=TROUBLE[trouble]):
        wheel_of(ENGINE, store, index.sources)
    assert not real_engines(store).engines
    assert not list((store.root / real.KIND).iterdir())


def test_after_an_interruption_the_next_one_makes_it_whole(
    index: Index, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.sdist("0.33.0", SDIST)
    with monkeypatch.context() as patched:
        patched.setattr(real, "_write_origin", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            wheel_of(ENGINE, store, index.sources)
    assert not real_engines(store).engines
    assert "vllm/__init__.py" in content(wheel_of(ENGINE, store, index.sources))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_harnesses_that_want_the_same_engine_fetch_it_once(index: Index, store: Store) -> None:
    index.sdist("0.33.0", SDIST)
    made: list[Path] = []
    harnesses = [
        threading.Thread(target=lambda: made.append(wheel_of(ENGINE, Store(store.root), index.sources)))
        for _ in range(4)
    ]
    for harness in harnesses:
        harness.start()
    for harness in harnesses:
        harness.join()
    assert len(made) == 4
    assert len(set(made)) == 1
    assert index.asked.count("vllm-0.33.0.tar.gz") == 1


HARNESS = """
import sys
from pathlib import Path
from plugin_matrix.engines.real import wheel_of
from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.store import Store

sources = PackageSources(index_url=sys.argv[2], trusted_hosts=("127.0.0.1",))
print(wheel_of(Engine(EngineKind.RELEASE, "0.33.0"), Store(Path(sys.argv[1])), sources))
"""


def harness(store: Store, index: Index) -> subprocess.Popen[str]:
    """Start a process of its own that wants the engine."""
    url = index.sources.index_url
    assert url is not None
    command = [sys.executable, "-c", HARNESS, str(store.root), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_a_killed_harness_left_is_no_engine_and_does_not_stand_in_the_way(
    index: Index, store: Store
) -> None:
    index.sdist("0.33.0", SDIST)
    index.answers.clear()
    with harness(store, index) as killed:
        asked = index.reached.wait(60)
        killed.kill()
    assert asked
    (left,) = (store.root / real.KIND).iterdir()
    assert left.name.startswith(".")
    assert not real_engines(store).engines
    index.answers.set()
    wheel = wheel_of(ENGINE, store, index.sources)
    assert "vllm/__init__.py" in content(wheel)
    assert [entry.name for entry in (store.root / real.KIND).iterdir()] == [wheel.parent.name]


def test_two_processes_that_want_the_same_engine_fetch_it_once(index: Index, store: Store) -> None:
    index.sdist("0.33.0", SDIST)
    index.answers.clear()
    with harness(store, index) as first, harness(store, index) as second:
        assert index.reached.wait(60)
        index.answers.set()
        made = {process.communicate(timeout=60)[0] for process in (first, second)}
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(made) == 1
    assert index.asked.count("vllm-0.33.0.tar.gz") == 1


def test_packages_that_cannot_be_had_are_told_and_none_are_left(index: Index, store: Store) -> None:
    index.sdist("0.33.0", SDIST)
    base = provide_base(default_platforms()[0], store, index.sources, torch=False)
    with pytest.raises(EnvironmentMakingError, match=r"packages that vLLM needs \(transformers-.*cannot be"):
        provide_packages(Needs.load().base_of(ENGINE), base, store, index.sources)
    assert not list((store.root / packages.KIND).iterdir())


def test_an_edit_that_a_release_needs_is_made_or_the_release_refused(index: Index, store: Store) -> None:
    engine = Engine(EngineKind.RELEASE, "0.17.1")
    (edit,) = Needs.load().edits_of(engine)
    index.sdist("0.17.1", {**SDIST, edit.file: f"if {edit.old}:\n    pass\n"})
    assert edit.new in content(wheel_of(engine, store, index.sources))[edit.file]
    other = Engine(EngineKind.RELEASE, "0.17.0")
    index.sdist("0.17.0", {**SDIST, edit.file: "pass\n"})
    with pytest.raises(EngineError, match="is not as expected"):
        wheel_of(other, store, index.sources)


# ---------------------------------------------------------------- checkouts


def checkout(root: Path, text: str = "") -> Engine:
    (root / "vllm").mkdir(parents=True, exist_ok=True)
    (root / "vllm" / "__init__.py").write_text(text)
    (root / "pyproject.toml").write_text(
        '[project]\nname = "vllm"\n[project.entry-points."vllm.general_plugins"]\nown = "vllm.own:register"\n'
    )
    return Engine(EngineKind.CHECKOUT, "0.34.0.dev3+g12", str(root))


def test_a_checkout_becomes_an_engine_with_what_its_project_states(
    store: Store, index: Index, tmp_path: Path
) -> None:
    found = content(wheel_of(checkout(tmp_path / "vllm"), store, index.sources))
    info = "vllm-0.34.0.dev3+g12.cpu.dist-info"
    assert "own = vllm.own:register" in found[f"{info}/entry_points.txt"]
    assert "Version: 0.34.0.dev3+g12.cpu" in found[f"{info}/METADATA"]
    assert "0.34.0.dev3+g12" in found["vllm/_version.py"]


def test_a_checkout_that_was_edited_is_another_engine(store: Store, index: Index, tmp_path: Path) -> None:
    before = wheel_of(checkout(tmp_path / "vllm"), store, index.sources)
    assert wheel_of(checkout(tmp_path / "vllm"), store, index.sources) == before
    assert wheel_of(checkout(tmp_path / "vllm", "x = 1\n"), store, index.sources) != before


def test_a_link_out_of_a_checkout_is_not_followed(store: Store, index: Index, tmp_path: Path) -> None:
    engine = checkout(tmp_path / "vllm")
    (tmp_path / "secret.py").write_text("KEY = 1\n")
    (tmp_path / "vllm" / "vllm" / "secret.py").symlink_to(tmp_path / "secret.py")
    assert not any("secret" in name for name in content(wheel_of(engine, store, index.sources)))


def test_a_checkout_whose_project_cannot_be_read_says_so(store: Store, index: Index, tmp_path: Path) -> None:
    engine = checkout(tmp_path / "vllm")
    (tmp_path / "vllm" / "pyproject.toml").write_text("[project")
    with pytest.raises(EngineError, match=r"pyproject\.toml of .* cannot be read"):
        wheel_of(engine, store, index.sources)


# ---------------------------------------------------------------- what is there


def test_the_engines_of_a_store_are_listed_and_removed_one_by_one(index: Index, store: Store) -> None:
    for release in ("0.9.2", "0.33.0"):
        index.sdist(release, SDIST)
        wheel_of(Engine(EngineKind.RELEASE, release), store, index.sources)
    for name in ("vllm-0.33.0-cpu-py311-1", "vllm-0.9.2-cpu-py311-2", "reference-0.33.0-cpu-py311-3"):
        store.entry("environments", name, Path.mkdir)
    there = real_engines(store).engines
    assert [(one.id, one.artefact, len(one.environments)) for one in there] == [
        ("vllm-0.9.2", "vllm-0.9.2.tar.gz", 1),
        ("vllm-0.33.0", "vllm-0.33.0.tar.gz", 1),
    ]
    assert all(one.size > 0 for one in there)
    assert len(remove_engines(store, frozenset({"vllm-0.33.0"})).removed) == 2
    assert [one.id for one in real_engines(store).engines] == ["vllm-0.9.2"]
    assert store.find("environments", "reference-0.33.0-cpu-py311-3")


def test_a_checkout_that_was_edited_is_listed_once_with_all_it_takes(
    store: Store, index: Index, tmp_path: Path
) -> None:
    for text in ("", "x = 1\n"):
        wheel_of(checkout(tmp_path / "vllm", text), store, index.sources)
    (there,) = real_engines(store).engines
    assert there.artefact == str(tmp_path / "vllm")
    assert len(there.wheels) == 2
    assert there.size == sum(wheel.size for wheel in there.wheels)
    for wheel in there.wheels:
        os.utime(wheel.path, (1, 1))  # what was used this very moment would stay
    assert len(remove_engines(store, frozenset({there.id})).removed) == 2


def test_an_engine_that_a_run_uses_stays(index: Index, store: Store) -> None:
    index.sdist("0.33.0", SDIST)
    with store.in_use():
        wheel_of(ENGINE, store, index.sources)
        gone = remove_engines(store, frozenset({"vllm-0.33.0"}))
    assert (len(gone.removed), len(gone.kept)) == (0, 1)
    assert real_engines(store).engines


def test_an_empty_store_has_no_engines(tmp_path: Path) -> None:
    assert real_engines(Store(tmp_path / "nowhere")).engines == ()


def test_every_release_has_a_base_or_a_reason_and_every_base_a_lock() -> None:
    needs = Needs.load()
    for base in needs.bases:
        lock = base.lock.read_text()
        assert "://" not in lock
        assert base.requirements.is_file()
        assert all("==" in line for line in lock.splitlines() if line and not line.startswith((" ", "#")))
        assert "--hash=sha256:" in lock
        assert base.preload
        assert not any(name.partition(".")[0] == "vllm" for name in base.preload)
    for release in ("0.6.0", "0.9.2", "0.10.0", "0.18.1", "0.19.0", "0.33.0"):
        assert needs.base_of(Engine(EngineKind.RELEASE, release))
    with pytest.raises(PluginMatrixError, match="cannot run here"):
        needs.base_of(Engine(EngineKind.RELEASE, "0.5.5"))
    assert needs.variables_of(Engine(EngineKind.RELEASE, "0.9.0")) == {"TORCHDYNAMO_DISABLE": "1"}
    assert needs.variables_of(ENGINE) == {}
    assert needs.variables_of(Engine(EngineKind.CPU_BUILD, "0.32.0"))["VLLM_CPU_KVCACHE_SPACE"] == "1"
    # From 0.28.0 on it makes vLLM pass over every out-of-tree platform.
    assert not any(variable.name == "VLLM_TARGET_DEVICE" for variable in needs.variables)
