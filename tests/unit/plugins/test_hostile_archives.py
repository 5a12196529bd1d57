"""Broken and hostile archives: one sentence each, the right error, and nothing written outside."""

import bz2
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.errors import ExitCode, PluginError
from plugin_matrix.plugins import open_plugin
from plugin_matrix.plugins.archive import ArchiveError, ArchiveLimits, check_zip
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.sdist import unpack_sdist

OFFLINE = PackageSources(offline=True)
INFO = "acme-1.0.dist-info"
SMALL = ArchiveLimits(members=20, total=4 * 1024**2, ratio=50, ratio_from=64 * 1024, name_length=200)

Spoil = Callable[[Path], None]


def add(*members: tuple[str | zipfile.ZipInfo, bytes]) -> Spoil:
    def spoil(wheel: Path) -> None:
        with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members:
                archive.writestr(member, content)

    return spoil


def special(kind: int, name: str = "acme/odd") -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (kind | 0o777) << 16
    return member


def truncate(wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes()[:-40])


def flip_a_byte_of_the_first_member(wheel: Path) -> None:
    content = bytearray(wheel.read_bytes())
    content[60] ^= 0xFF
    wheel.write_bytes(content)


def say_encrypted(wheel: Path) -> None:
    content = wheel.read_bytes()
    at = content.index(b"PK\x01\x02")
    flags = struct.pack("<H", 1)
    wheel.write_bytes(content[: at + 8] + flags + content[at + 10 :])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda p: p.write_bytes(b""), "is empty", id="empty"),
        pytest.param(lambda p: p.write_bytes(b"\x7fELF garbage"), "is a broken zip archive", id="not-a-zip"),
        pytest.param(truncate, "is a broken zip archive", id="truncated"),
        pytest.param(flip_a_byte_of_the_first_member, "is a broken zip archive", id="damaged"),
        pytest.param(say_encrypted, "is encrypted", id="encrypted"),
        pytest.param(add(("../evil.py", b"")), "would be written outside its directory", id="dots"),
        pytest.param(add(("acme/../../evil.py", b"")), "would be written outside", id="dots-inside"),
        pytest.param(add(("/etc/evil", b"")), "has an absolute path", id="absolute"),
        pytest.param(add(("..\\evil.py", b"")), "has a backslash in its name", id="backslash"),
        pytest.param(add(("C:/evil.py", b"")), "has a drive letter", id="drive"),
        pytest.param(add(("acme//evil.py", b"")), "would be written outside", id="empty-part"),
        pytest.param(add(("acme/\x1b[31m.py", b"")), "unprintable name", id="control"),
        pytest.param(add(("a" * 5000, b"")), "more than 1000 characters", id="long-name"),
        pytest.param(add((special(stat.S_IFLNK), b"/etc/passwd")), "has a symbolic link", id="symlink"),
        pytest.param(add((special(stat.S_IFIFO), b"")), "has a device, pipe or socket", id="fifo"),
        pytest.param(add(("acme/__INIT__.py", b"")), "members that differ in case only", id="case"),
        pytest.param(
            add(("acme/stra\u00dfe.py", b""), ("acme/STRASSE.py", b"")), "differ in case", id="casefold"
        ),
        pytest.param(add(("acme", b"")), "both a file and a directory", id="file-and-directory"),
        pytest.param(
            add(("other-1.0.dist-info/METADATA", b"")), "2 .dist-info directories", id="two-dist-infos"
        ),
    ],
)
def test_a_bad_wheel_is_refused_in_one_sentence(
    make_wheel: Any, tmp_path: Path, spoil: Spoil, message: str
) -> None:
    wheel = make_wheel()
    spoil(wheel)
    with pytest.raises(PluginError, match=message) as caught:
        open_plugin(str(wheel), tmp_path / "store", OFFLINE)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.message.startswith(wheel.name)
    assert "\n" not in caught.value.message
    assert caught.value.message.isprintable()
    assert caught.value.next_step
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_member_that_stands_twice_is_refused(make_wheel: Any, tmp_path: Path) -> None:
    wheel = make_wheel()
    add(("acme/__init__.py", b"import os"))(wheel)
    with pytest.raises(ArchiveError, match=r"has the same member twice: 'acme/__init__\.py'"):
        open_plugin(str(wheel), tmp_path / "store", OFFLINE)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {f"{INFO}/{name}": None for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")},
            "no .dist-info",
        ),
        ({f"{INFO}/METADATA": None}, "it has no METADATA"),
        ({f"{INFO}/WHEEL": None}, "it has no WHEEL file"),
        ({f"{INFO}/RECORD": None}, "it has no RECORD"),
        ({f"{INFO}/WHEEL": "Wheel-Version: 9.0\n"}, "unknown format version '9.0'"),
        (
            {f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: acme\n"},
            "metadata that cannot be used .*version",
        ),
        ({f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: acme\nVersion: one\n"}, "cannot be used .*'one'"),
        (
            {
                f"{INFO}/METADATA": "Metadata-Version: 2.1\nVersion: one\n"
                "Requires-Dist: a b\nRequires-Python: x\n"
            },
            r"(?=.*name)(?=.*'one')(?=.*requires-dist)(?=.*requires-python)",
        ),
        ({f"{INFO}/METADATA": b"\xff\xfe\x00"}, "metadata that cannot be used"),
        ({f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"}, "holds other 1.0"),
        ({f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: acme\nVersion: 2.0\n"}, "holds acme 2.0"),
        ({f"{INFO}/METADATA": b"x" * (9 * 1024**2)}, "METADATA of more than 8192 KiB"),
        ({f"{INFO}/entry_points.txt": bytes(range(128, 256))}, "not UTF-8"),
        ({f"{INFO}/entry_points.txt": "\x00\x01\x02 garbage"}, "entry_points.txt that cannot be parsed"),
        ({f"{INFO}/entry_points.txt": "[vllm.general_plugins]\nno value here\n"}, "cannot be parsed"),
        ({f"{INFO}/entry_points.txt": "a = b:c\n"}, "cannot be parsed"),
        ({f"{INFO}/entry_points.txt": "[vllm.general_plugins]\na\x1b[2J = b:c\n"}, "unprintable entry point"),
        ({f"{INFO}/entry_points.txt": "[vllm.general_plugins]\na =\n"}, "empty or unprintable entry point"),
        (
            {f"{INFO}/entry_points.txt": "[vllm.general_plugins]\n" + "a = b:c\n" * 50_000},
            "more than 256 KiB",
        ),
        (
            {
                f"{INFO}/entry_points.txt": "[vllm.general_plugins]\n"
                + "".join(f"a{i} = b:c\n" for i in range(600))
            },
            "600 entry points, more than 500",
        ),
    ],
)
def test_a_wheel_with_bad_metadata_is_refused_in_one_sentence(
    make_wheel: Any, tmp_path: Path, files: dict[str, Any], message: str
) -> None:
    wheel = make_wheel(files=files)
    with pytest.raises(ArchiveError, match=message) as caught:
        open_plugin(str(wheel), tmp_path / "store", OFFLINE)
    assert "\n" not in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "name", ["acme.whl", "acme-1.0.whl", "acme-one-py3-none-any.whl", "acme-1.0-py3.whl"]
)
def test_a_wheel_named_otherwise_than_wheels_are_is_refused(
    make_wheel: Any, tmp_path: Path, name: str
) -> None:
    wheel = make_wheel().rename(tmp_path / name)
    with pytest.raises(ArchiveError, match="is not named as a wheel is"):
        open_plugin(str(wheel), tmp_path / "store", OFFLINE)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param({"a": b"\0" * 1024**2}, "is a zip bomb", id="ratio"),
        pytest.param({f"{i}": os.urandom(1024**2) for i in range(5)}, "would unpack to 5 MiB", id="total"),
        pytest.param({f"{i}": b"" for i in range(21)}, "more than 20 members", id="members"),
    ],
)
def test_an_archive_that_grows_too_large_is_refused(
    tmp_path: Path, content: dict[str, bytes], message: str
) -> None:
    path = tmp_path / "big-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(ArchiveError, match=message):
        check_zip(path, SMALL)


def test_sizes_in_headers_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "liar-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 1024**2)
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="is a broken zip archive"):
        check_zip(path, SMALL)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([member("../evil.py")], "would be written outside"),
        ([member("a/../../evil.py")], "would be written outside"),
        ([member("/etc/evil.py")], "has an absolute path"),
        ([member("a\\evil.py")], "has a backslash"),
        ([member("a/link", tarfile.SYMTYPE, "/etc/passwd")], "has a link"),
        ([member("a/link", tarfile.SYMTYPE, "../../..")], "has a link"),
        ([member("a/link", tarfile.LNKTYPE, "/etc/passwd")], "has a link"),
        ([member("a/device", tarfile.CHRTYPE)], "has a device, pipe or socket"),
        ([member("a/pipe", tarfile.FIFOTYPE)], "has a device, pipe or socket"),
        ([member("a/x"), member("a/X")], "differ in case only"),
        ([member("a/x"), member("a/x")], "the same member twice"),
        ([member(f"a/{i}") for i in range(30)], "more than 20 members"),
        ([member("a/zeros", size=5 * 1024**2)], "unpacks to more than"),
        ([member("a/x"), member("b/x")], "does not hold exactly one directory"),
        ([], "does not hold exactly one directory"),
    ],
)
@pytest.mark.parametrize("suffix", [".tar.gz", ".tar.bz2", ".tar.xz"])
def test_a_bad_sdist_is_refused_and_writes_nothing_outside(
    tmp_path: Path, members: list[tarfile.TarInfo], message: str, suffix: str
) -> None:
    path = tmp_path / f"acme-1.0{suffix}"
    mode: Any = f"w:{suffix.rpartition('.')[2]}"
    with tarfile.open(path, mode) as archive:
        for one in members:
            archive.addfile(one, io.BytesIO(b"\0" * one.size))
    (tmp_path / "at").mkdir()
    with pytest.raises(ArchiveError, match=message):
        unpack_sdist(path, tmp_path / "at" / "unpacked", SMALL)
    assert [entry.name for entry in (tmp_path / "at").iterdir()] == ["unpacked"]
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize(
    "content",
    [b"garbage", b"\x1f\x8b\x08\x00garbage", bz2.compress(b"garbage"), lzma.compress(b"g" * 2000)],
    ids=["no-archive", "broken-gzip", "bzip2-named-gz", "xz-named-gz"],
)
def test_an_sdist_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "acme-1.0.tar.gz"
    path.write_bytes(content)
    with pytest.raises(PluginError, match=r"acme-1\.0\.tar\.gz is a broken archive"):
        open_plugin(str(path), tmp_path / "store", OFFLINE)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/acme-1.0-py3-none-any.whl", "There is no file or directory"),
        ("./nowhere", "There is no file or directory"),
        ("/dev/null", "neither a file nor a directory"),
        ("{tmp}/acme.txt", "neither a wheel nor an sdist"),
    ],
)
def test_a_path_that_leads_to_no_artefact_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "acme.txt").write_text("text")
    with pytest.raises(PluginError, match=message):
        open_plugin(name.format(tmp=tmp_path), tmp_path / "store", OFFLINE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_closed_to_this_user_is_refused(make_wheel: Any, tmp_path: Path) -> None:
    wheel = make_wheel()
    wheel.chmod(0)
    with pytest.raises(PluginError, match="cannot be read"):
        open_plugin(str(wheel), tmp_path / "store", OFFLINE)
