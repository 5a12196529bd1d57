"""The index file: what is stored comes back, and what is broken is refused with what mends it."""

import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.errors import ExitCode, SurfaceIndexError
from plugin_matrix.model.signature import Kind, Parameter, Shape, Signature
from plugin_matrix.surface import store
from plugin_matrix.surface.blocks import (
    BUCKETS,
    CallsContent,
    HomesContent,
    ModuleContent,
    compress,
    decompress,
    encode,
    pack_mask,
    train,
    unpack_mask,
)
from plugin_matrix.surface.building import build_index
from plugin_matrix.surface.records import (
    AllNames,
    AttributeRecord,
    ClassRecord,
    EngineCall,
    FunctionRecord,
    ImportedName,
    LazyNames,
    Mark,
    Record,
    StarImport,
)
from plugin_matrix.surface.store import INDEX_FORMAT, ModuleRow, Release, SurfaceIndex
from plugin_matrix.surface.writing import write_index

from .trees import told, tree

NAMES = st.text(min_size=1, max_size=12)
MARKS = st.integers(0, (1 << 17) - 1).map(Mark)
TEXTS = st.lists(NAMES, max_size=3).map(tuple)
PARAMETERS = st.builds(Parameter, NAMES, st.sampled_from(Kind), st.booleans(), st.text(max_size=5))
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(
        FunctionRecord,
        st.builds(Signature, st.lists(PARAMETERS, max_size=3).map(tuple)),
        st.text(max_size=5),
        MARKS,
    ),
    st.builds(ClassRecord, TEXTS, TEXTS, TEXTS, TEXTS, MARKS),
    st.builds(AttributeRecord, st.text(max_size=5), st.text(max_size=5), MARKS),
    st.builds(ImportedName, NAMES, st.text(max_size=5), MARKS),
    st.builds(StarImport, NAMES, MARKS),
    st.builds(AllNames, TEXTS, st.booleans()),
    st.builds(LazyNames, st.lists(st.tuples(NAMES, NAMES), max_size=2).map(tuple), st.booleans(), TEXTS),
)
MASKS = st.integers(1, (1 << 90) - 1)
SYMBOLS = st.dictionaries(
    NAMES, st.lists(st.tuples(MASKS, RECORDS), min_size=1, max_size=3).map(tuple), max_size=4
)


@given(st.integers(0, 1 << 200))
def test_a_mask_comes_back(mask: int) -> None:
    assert unpack_mask(pack_mask(mask)) == mask


@given(st.binary(max_size=2000), st.binary(max_size=100))
def test_a_block_comes_back(block: bytes, dictionary: bytes) -> None:
    assert decompress(compress(block, dictionary), dictionary) == block


def _block(symbols: dict[str, tuple[tuple[int, Record], ...]]) -> bytes:
    content = ModuleContent([], [], {})
    for name, variants in symbols.items():
        content.symbols[name] = []
        for mask, record in variants:
            content.symbols[name] += [len(content.masks), len(content.records)]
            content.masks.append(pack_mask(mask))
            content.records.append(msgspec.Raw(encode(record)))
    return encode(content)


def _empty_buckets() -> tuple[dict[int, HomesContent], dict[int, CallsContent]]:
    return {n: HomesContent({}) for n in range(BUCKETS)}, {n: CallsContent([], {}) for n in range(BUCKETS)}


@given(st.dictionaries(NAMES, SYMBOLS, min_size=1, max_size=4), MASKS, MASKS, MASKS)
def test_what_is_stored_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    modules: dict[str, dict[str, tuple[tuple[int, Record], ...]]],
    mask: int,
    package: int,
    unreadable: int,
) -> None:
    path = tmp_path_factory.mktemp("store") / "surface.sqlite"
    homes, calls = _empty_buckets()
    releases = [Release("0.9.0", "sdist", "d1"), Release("0.9.1", "wheel", "d2")]
    rows = [ModuleRow(name, mask, package, unreadable, _block(symbols)) for name, symbols in modules.items()]
    write_index(path, releases=releases, modules=rows, homes=homes, calls=calls)
    index = SurfaceIndex.open(path)
    assert index.releases == tuple(releases)
    assert index.modules() == dict.fromkeys(modules, mask)
    for name, symbols in modules.items():
        module = index.module(name)
        assert module is not None
        assert (module.name, module.mask, module.package, module.unreadable) == (
            name,
            mask,
            package,
            unreadable,
        )
        assert module.symbols == symbols
    index.close()


def test_blocks_larger_than_a_chunk_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHUNK", 100)
    monkeypatch.setattr("plugin_matrix.surface.writing.CHUNK", 100)
    source = "\n".join(f"def function_{n * 7919}(argument_{n}): ..." for n in range(200))
    trees = [tree(tmp_path, "0.9.0", {"a.py": source, "b.py": "x = 1"})]
    build_index(trees, tmp_path / "surface.sqlite", workers=1)
    index = SurfaceIndex.open(tmp_path / "surface.sqlite")
    module = index.module("vllm.a")
    assert module is not None
    assert len(module.symbols) == 200
    assert index.module("vllm.b") is not None


def test_calls_come_back_with_their_modules(tmp_path: Path) -> None:
    homes, calls = _empty_buckets()
    call = EngineCall("go", "x", "f", Shape(1, ("y",)), 7)
    for block in calls.values():
        block.masks.append(pack_mask(5))
        block.calls["go"] = [(1, 0, call)]
    rows = [ModuleRow(name, 7, 0, 0, _block({})) for name in ("vllm.a", "vllm.b")]
    path = tmp_path / "surface.sqlite"
    write_index(path, releases=[Release("0.9.0", "sdist", "")], modules=rows, homes=homes, calls=calls)
    (found,) = SurfaceIndex.open(path).calls("go")
    assert (found.module, found.mask, found.call) == ("vllm.b", 5, call)


def test_a_dictionary_holds_what_modules_share() -> None:
    def content(name: str) -> ModuleContent:
        shared = FunctionRecord(Signature((Parameter("shared_parameter"),)))
        import msgspec  # noqa: PLC0415

        return ModuleContent([], [msgspec.Raw(encode(shared))], {name: [], "a_shared_name": []})

    dictionary = train([content("only_here"), content("only_there")])
    assert b"shared_parameter" in dictionary
    assert b"a_shared_name" in dictionary
    assert b"only_here" not in dictionary


# ---------------------------------------------------------------- broken files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    trees = [tree(tmp_path, version, {"a.py": "def f(): ..."}) for version in ("0.9.0", "0.9.1")]
    build_index(trees, tmp_path / "surface.sqlite", workers=1)
    return tmp_path / "surface.sqlite"


def _change(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


BREAKING = {
    "no fact": "DELETE FROM facts WHERE key = 'built'",
    "no format": "DELETE FROM facts WHERE key = 'format'",
    "no table": "DROP TABLE modules",
    "no chunk": "DELETE FROM chunks",
    "short chunk": "UPDATE chunks SET content = substr(content, 1, 10)",
    "chunk of text": "UPDATE chunks SET content = 'text'",
    "wrong checksum": "UPDATE modules SET checksum = checksum + 1",
    "wrong place": "UPDATE modules SET place = place + 1",
}


@pytest.mark.parametrize("statement", BREAKING.values(), ids=BREAKING)
def test_a_corrupt_index_is_refused_with_the_command_that_mends_it(path: Path, statement: str) -> None:
    _change(path, statement)
    with pytest.raises(SurfaceIndexError, match="corrupt") as raised:
        told(SurfaceIndex.open(path))
    assert "plugin-matrix engines sync" in raised.value.next_step
    assert raised.value.exit_code is ExitCode.UNDETERMINED


@pytest.mark.parametrize("table", ["homes", "calls"])
def test_a_bucket_that_is_gone_is_corruption(path: Path, table: str) -> None:
    _change(path, f"DELETE FROM {table}")  # noqa: S608 - a constant
    index = SurfaceIndex.open(path)
    with pytest.raises(SurfaceIndexError, match="corrupt"):
        index.homes("f") if table == "homes" else index.calls("f")


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(SurfaceIndexError, match="corrupt"):
        told(SurfaceIndex.open(path))


def test_a_truncated_file_is_refused(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(SurfaceIndexError, match="corrupt"):
        told(SurfaceIndex.open(path))


@pytest.mark.parametrize("place", range(100, 20_000, 1500))
def test_a_flipped_byte_is_refused_or_of_no_matter(path: Path, place: int) -> None:
    before = told(SurfaceIndex.open(path))
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 0xFF
    path.write_bytes(content)
    try:
        after = told(SurfaceIndex.open(path))
    except SurfaceIndexError:
        return
    assert after["modules"].keys() == before["modules"].keys()


@pytest.mark.parametrize(
    ("found", "mends"), [(INDEX_FORMAT + 1, "Upgrade"), (INDEX_FORMAT - 1, "engines sync")]
)
def test_another_format_is_refused_with_what_mends_it(path: Path, found: int, mends: str) -> None:
    _change(path, "UPDATE facts SET value = ? WHERE key = 'format'", found)
    with pytest.raises(
        SurfaceIndexError, match=f"has format {found}; this version reads {INDEX_FORMAT}"
    ) as raised:
        SurfaceIndex.open(path)
    assert mends in raised.value.next_step


def test_an_index_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SurfaceIndexError, match="There is no surface index"):
        SurfaceIndex.open(tmp_path / "none.sqlite")


# ---------------------------------------------------------------- which one is used


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "shipped" / "surface.sqlite"
    monkeypatch.setattr(store, "shipped_path", lambda: file)
    monkeypatch.setenv("PLUGIN_MATRIX_STORE", str(tmp_path / "store"))
    return file


def _built(path: Path, when: str, *versions: str) -> None:
    trees = [tree(path.parent, version, {}) for version in versions]
    build_index(trees, path, workers=1)
    _change(path, "UPDATE facts SET value = ? WHERE key = 'built'", when)


@pytest.mark.parametrize(
    ("own", "own_versions", "uses_own"),
    [
        ("2026-01-01", ["0.9.0"], False),
        ("2026-01-01", ["0.9.0", "0.9.1"], True),
        ("2026-01-01", ["0.9.0", "0.9.1", "0.9.2.dev1"], True),
        ("2026-03-01", ["0.9.0"], True),
    ],
)
def test_the_users_copy_is_used_unless_the_shipped_index_is_newer_and_knows_more(
    shipped: Path, own: str, own_versions: list[str], *, uses_own: bool
) -> None:
    _built(shipped, "2026-02-01", "0.9.0", "0.9.1")
    _built(store.own_path(), own, *own_versions)
    index = SurfaceIndex.open()
    assert index.path == (store.own_path() if uses_own else shipped)


def test_without_a_copy_the_shipped_index_is_used(shipped: Path) -> None:
    _built(shipped, "2026-02-01", "0.9.0")
    assert SurfaceIndex.open().path == shipped


def test_a_broken_shipped_index_asks_for_a_new_installation(shipped: Path) -> None:
    shipped.parent.mkdir()
    shipped.write_bytes(b"nothing")
    with pytest.raises(SurfaceIndexError) as raised:
        SurfaceIndex.open()
    assert "Reinstall" in raised.value.next_step


def test_a_broken_shipped_index_is_no_matter_where_there_is_a_copy(shipped: Path) -> None:
    shipped.parent.mkdir()
    shipped.write_bytes(b"nothing")
    _built(store.own_path(), "2026-01-01", "0.9.0")
    assert SurfaceIndex.open().path == store.own_path()
