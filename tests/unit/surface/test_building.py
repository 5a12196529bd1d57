"""The index of some releases: what is in it, and that the way it came about is no matter."""

import itertools
import multiprocessing
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.model.signature import Parameter, Shape, Signature
from plugin_matrix.surface.building import SourceTree, build_index, main
from plugin_matrix.surface.records import AttributeRecord, ClassRecord, FunctionRecord, ImportedName, Mark
from plugin_matrix.surface.store import SurfaceIndex

from .trees import told, tree


def index_of(
    directory: Path,
    trees: list[SourceTree],
    *,
    base: SurfaceIndex | None = None,
    name: str = "surface.sqlite",
) -> SurfaceIndex:
    build_index(trees, directory / name, base=base, workers=1)
    return SurfaceIndex.open(directory / name)


def releases_of(directory: Path, releases: Mapping[str, Mapping[str, str]]) -> list[SourceTree]:
    return [tree(directory, version, files) for version, files in releases.items()]


def test_a_symbol_has_a_variant_for_every_form_with_the_releases_that_have_it(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        releases_of(
            tmp_path,
            {
                "0.10.0": {"a.py": "def f(x): ..."},
                "0.9.0": {"a.py": "def f(x): ...\nclass C: ..."},
                "0.9.1": {"a.py": "def f(x, y): ..."},
            },
        ),
    )
    assert index.axis.releases == ("0.9.0", "0.9.1", "0.10.0")
    module = index.module("vllm.a")
    assert module is not None
    one = FunctionRecord(Signature((Parameter("x"),)))
    two = FunctionRecord(Signature((Parameter("x"), Parameter("y"))))
    assert module.symbols == {"f": ((0b101, one), (0b010, two)), "C": ((0b001, ClassRecord()),)}
    assert (module.mask, module.package, module.unreadable) == (0b111, 0, 0)


def test_records_that_stand_together_stay_together(tmp_path: Path) -> None:
    both = "if a:\n  x = 1\nelse:\n  import x"
    turned = "if a:\n  import x\nelse:\n  x = 1"
    index = index_of(tmp_path, releases_of(tmp_path, {"0.9.0": {"a.py": both}, "0.9.1": {"a.py": turned}}))
    module = index.module("vllm.a")
    assert module is not None
    number, name = AttributeRecord("", "int()", Mark.HAS_VALUE), ImportedName("x")
    assert module.symbols["x"] == ((0b01, number), (0b01, name), (0b10, name), (0b10, number))


def test_modules_are_those_of_the_file_set(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        releases_of(
            tmp_path,
            {
                "0.9.0": {"a.py": "x = 1", "b/__init__.py": "", "n/deep/m.py": "", "data/x.json": "{}"},
                "0.9.1": {
                    "a/__init__.py": "x = 1",
                    "b.py": "",
                    "b/__init__.py": "y = 1",
                    "not-a-name/x.py": "",
                },
            },
        ),
    )
    found = {
        name: (module.mask, module.package)
        for name in index.modules()
        if (module := index.module(name)) is not None
    }
    assert found == {
        "vllm": (0b11, 0b11),
        "vllm.a": (0b11, 0b10),
        "vllm.b": (0b11, 0b11),
        "vllm.n": (0b01, 0b01),
        "vllm.n.deep": (0b01, 0b01),
        "vllm.n.deep.m": (0b01, 0),
    }
    assert index.modules("vllm.n") == {"vllm.n": 1, "vllm.n.deep": 1, "vllm.n.deep.m": 1}
    assert index.module("vllm.missing") is None


def test_a_package_wins_over_a_module_of_its_name(tmp_path: Path) -> None:
    index = index_of(tmp_path, releases_of(tmp_path, {"0.9.0": {"b.py": "x = 1", "b/__init__.py": "y = 1"}}))
    module = index.module("vllm.b")
    assert module is not None
    assert set(module.symbols) == {"y"}


def test_a_file_that_does_not_parse_is_told_and_offers_nothing(tmp_path: Path) -> None:
    index = index_of(
        tmp_path, releases_of(tmp_path, {"0.9.0": {"a.py": "x = 1"}, "0.9.1": {"a.py": "def ("}})
    )
    module = index.module("vllm.a")
    assert module is not None
    assert (module.mask, module.unreadable) == (0b11, 0b10)
    assert module.symbols == {"x": ((0b01, AttributeRecord("", "int()", Mark.HAS_VALUE)),)}


def test_homes_are_modules_that_define_a_name_not_those_that_import_it(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        releases_of(
            tmp_path,
            {
                "0.9.0": {"a.py": "class C: ...\n_p = 1\nlogger = 1", "b.py": "from .a import C"},
                "0.9.1": {
                    "b.py": "class C(Base): ...",
                    "c.py": "if TYPE_CHECKING:\n  class C: ...\nC = 1",
                },
            },
        ),
    )
    assert index.homes("C") == (("vllm.a", 0b01), ("vllm.b", 0b10), ("vllm.c", 0b10))
    assert index.homes("(Base)") == (("vllm.b", 0b11),)
    assert (index.homes("_p"), index.homes("logger"), index.homes("nothing")) == ((), (), ())


CALLING = """
from . import base
def run(impl, b: base.Base):
    impl.go(1)
    impl.other(1)
    base.go(1)
    b.go(2, x=3)
"""


def test_calls_are_those_of_methods_that_somebody_may_override(tmp_path: Path) -> None:
    base = "class Base:\n  def go(self): ...\nclass Plain:\n  def other(self): ...\nclass A(Base): ..."
    moved = "x = 1\n" + CALLING
    index = index_of(
        tmp_path,
        releases_of(
            tmp_path,
            {
                "0.9.0": {"a.py": CALLING},
                "0.9.1": {"a.py": CALLING, "base.py": base},
                "0.9.2": {"a.py": moved, "base.py": base},
            },
        ),
    )
    found = {(c.module, c.mask, c.call.receiver, c.call.shape, c.call.line) for c in index.calls("go")}
    assert found == {
        ("vllm.a", 0b110, "impl", Shape(1), 5),
        ("vllm.a", 0b110, "b", Shape(1, ("x",)), 8),
    }
    assert index.calls("other") == ()


@pytest.mark.parametrize("base", ["ABC", "Protocol", "typing.Protocol", "metaclass=ABCMeta"])
def test_a_class_that_asks_for_subclasses_is_one_to_override(tmp_path: Path, base: str) -> None:
    source = f"class Base({base}):\n  def go(self): ...\ndef run(b): b.go()"
    index = index_of(tmp_path, releases_of(tmp_path, {"0.9.0": {"a.py": source}}))
    assert len(index.calls("go")) == 1


SOURCES = (
    "",
    "x = 1",
    "class Base:\n  def go(self, a): ...",
    "class Base:\n  def go(self, a, b): ...\nclass A(Base):\n  y: int = 1",
    "if a:\n  x = 1\nelse:\n  import x",
    "def run(b):\n  b.go(1)",
    "\n\ndef run(b):\n  b.go(1)\n  b.go(1)",
    "def (",
)
FILES = st.dictionaries(
    st.sampled_from(["a.py", "a/__init__.py", "b.py", "n/m.py"]), st.sampled_from(SOURCES), max_size=3
)
RELEASES = st.dictionaries(st.sampled_from(["0.8.0", "0.9.0", "0.9.1", "0.10.0"]), FILES, min_size=2)
_numbers = itertools.count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(releases=RELEASES, data=st.data())
def test_adding_releases_one_after_another_comes_to_building_them_at_once(
    tmp_path: Path, releases: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    directory = tmp_path / str(next(_numbers))
    trees = releases_of(directory, releases)
    whole = index_of(directory, trees, name="whole.sqlite")
    order = data.draw(st.permutations(trees))
    grown = None
    for number, one in enumerate(order):
        grown = index_of(directory, [one], base=grown, name=f"{number}.sqlite")
    assert grown is not None
    assert told(grown) == told(whole)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(releases=RELEASES, files=FILES, data=st.data())
def test_a_release_that_is_added_again_takes_the_place_of_the_old_one(
    tmp_path: Path, releases: dict[str, dict[str, str]], files: dict[str, str], data: st.DataObject
) -> None:
    directory = tmp_path / str(next(_numbers))
    replaced = data.draw(st.sampled_from(sorted(releases)))
    first = index_of(directory, releases_of(directory / "old", releases), name="old.sqlite")
    again = releases_of(directory / "new", {replaced: files})
    grown = index_of(directory, again, base=first, name="grown.sqlite")
    whole = index_of(
        directory, releases_of(directory / "all", releases | {replaced: files}), name="whole.sqlite"
    )
    assert told(grown) == told(whole)


def test_the_digest_tells_trees_apart_and_not_where_they_are(tmp_path: Path) -> None:
    def digest(place: str, source: str) -> str:
        return index_of(tmp_path, [tree(tmp_path / place, "0.9.0", {"a.py": source})]).releases[0].digest

    assert digest("one", "x = 1") == digest("two", "x = 1")
    assert digest("one", "x = 1") != digest("three", "x = 2")


def test_processes_come_to_the_same_as_none(tmp_path: Path) -> None:
    trees = releases_of(
        tmp_path, {"0.9.0": {f"m{number}.py": f"def f{number}(a): ...\nx = {number}" for number in range(60)}}
    )
    build_index(trees, tmp_path / "two.sqlite", workers=2)
    assert told(SurfaceIndex.open(tmp_path / "two.sqlite")) == told(index_of(tmp_path, trees))
    assert multiprocessing.active_children() == []


def test_what_the_build_of_a_wheel_copied_in_is_left_out(tmp_path: Path) -> None:
    files = {"third_party/deep_gemm/x.py": "", "third_party/pynvml.py": ""}
    index = index_of(tmp_path, [tree(tmp_path, "0.9.0", files, "wheel")])
    assert set(index.modules()) == {"vllm", "vllm.third_party", "vllm.third_party.pynvml"}
    assert index.releases[0].kind == "wheel"


def test_an_interrupted_build_leaves_the_old_index(tmp_path: Path) -> None:
    trees = releases_of(tmp_path, {"0.9.0": {"a.py": "x = 1"}, "0.9.1": {"a.py": "x = 1"}})
    before = told(index_of(tmp_path, trees[:1]))

    def interrupt(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(trees, tmp_path / "surface.sqlite", workers=1, progress=interrupt)
    assert told(SurfaceIndex.open(tmp_path / "surface.sqlite")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.9.0", "0.9.1", "surface.sqlite"]


def test_an_interrupted_write_leaves_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees = releases_of(tmp_path, {"0.9.0": {}, "0.9.1": {}})
    before = told(index_of(tmp_path, trees[:1]))

    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("plugin_matrix.surface.writing.os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        index_of(tmp_path, trees)
    assert told(SurfaceIndex.open(tmp_path / "surface.sqlite")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.9.0", "0.9.1", "surface.sqlite"]


def test_a_directory_that_is_no_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurfaceIndexError, match="'main' is no version"):
        build_index([tree(tmp_path, "main", {})], tmp_path / "out.sqlite")


def test_a_directory_without_vllm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurfaceIndexError, match="holds no directory `vllm`"):
        build_index([SourceTree("0.9.0", tmp_path)], tmp_path / "out.sqlite")


def test_the_maintenance_command_builds_from_unpacked_trees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    releases_of(tmp_path / "sources", {"0.9.0": {}, "0.9.1": {}})
    (tmp_path / "sources" / "0.9.1" / "wheel").touch()
    (tmp_path / "sources" / "notes").mkdir()
    main([str(tmp_path / "sources"), str(tmp_path / "out.sqlite")])
    index = SurfaceIndex.open(tmp_path / "out.sqlite")
    assert [(release.version, release.kind) for release in index.releases] == [
        ("0.9.0", "sdist"),
        ("0.9.1", "wheel"),
    ]
    assert "2 releases" in capsys.readouterr().err
