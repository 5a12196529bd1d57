"""Sources of vLLM's releases from the package index: the files that are wanted of each, and no others.

A release's sdist is read as it comes and nothing else of it is kept. Where there is none, the files are read
from its wheel by range requests: a few megabytes of several hundred.
"""

import contextlib
import hashlib
import io
import tarfile
import time
import zipfile
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import msgspec
from packaging.version import InvalidVersion, Version
from unearth import Link

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.plugins.download import ATTEMPTS, NetworkTroubleError, index_client, package_finder
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.surface.building import SourceTree

DISTRIBUTION = "vllm"
OLDEST = Version("0.5.3")
"""The first release with plugins; older ones are not judged."""
BLOCK = 1 << 20
"""Bytes asked of a wheel at once."""
_LARGEST_FILE = 64 * 1024**2
_LARGEST_TREE = 2 * 1024**3
_BLOCKS_KEPT = 4
_PARTIAL = 206
_REFUSED = 400
_CONTRADICTIONS = (NotADirectoryError, IsADirectoryError, FileExistsError)
"""A name is that of a file and of a directory."""
_Result = TypeVar("_Result")
Wanted = Callable[[tuple[str, ...]], bool]
"""Tells by the parts of its path, within the sdist's directory or the wheel, whether a file is wanted."""


class Published(msgspec.Struct, frozen=True):
    """A release on the package index, with where its sources are."""

    version: str
    link: Link
    kind: str
    """`sdist` or `wheel`."""


def published(sources: PackageSources, *, early: bool = False) -> tuple[Published, ...]:
    """Return the releases of vLLM on the index, oldest first; early ones (`rc`, `dev`) only when asked for.

    Yanked releases are left out. Raises `SurfaceIndexError` when the index does not answer.
    """
    artefacts = attempting("The list of vLLM's releases", lambda _: _artefacts(sources))
    found = []
    for version, links in sorted(artefacts.items()):
        if version < OLDEST or version.local or (version.is_prerelease and not early):
            continue
        chosen = _chosen(links)
        if chosen is not None:
            found.append(Published(str(version), chosen, "wheel" if chosen.is_wheel else "sdist"))
    return tuple(found)


def release_on_index(version: str, sources: PackageSources) -> Published:
    """Return where the sources of one release are.

    Raises `SurfaceIndexError` for one that is not there, that was withdrawn, or of which nothing can be read.
    """
    artefacts = attempting(f"vLLM {version}", lambda _: _artefacts(sources))
    links = artefacts.get(Version(version), [])
    chosen = _chosen(links)
    if chosen is not None:
        return Published(version, chosen, "wheel" if chosen.is_wheel else "sdist")
    if not links:
        raise SurfaceIndexError(
            f"The package index has no vLLM {version}.",
            next_step="`plugin-matrix engines` lists the releases; see that the index pip or uv is configured"
            " with holds them all.",
        )
    if withdrawn := [link for link in links if link.is_yanked]:
        why = f": {withdrawn[0].yank_reason}" if withdrawn[0].yank_reason else ""
        raise SurfaceIndexError(
            f"vLLM {version} was withdrawn from the package index{why}.", next_step="Name another release."
        )
    raise SurfaceIndexError(
        f"The package index has no sdist and no wheel of vLLM {version}.", next_step="Name another release."
    )


def _artefacts(sources: PackageSources) -> dict[Version, list[Link]]:
    found: dict[Version, list[Link]] = defaultdict(list)
    with index_client(sources) as client:
        for package in package_finder(sources, client).find_all_packages(DISTRIBUTION, allow_yanked=True):
            with contextlib.suppress(InvalidVersion):
                found[Version(package.version or "")].append(package.link)
    return found


def _chosen(links: list[Link]) -> Link | None:
    """Return the artefact to read: the sdist, else a wheel, the same one on every machine."""
    there = sorted((link for link in links if not link.is_yanked), key=lambda link: link.filename)
    sdists = [link for link in there if link.filename.endswith(".tar.gz")]
    wheels = sorted((link for link in there if link.is_wheel), key=lambda link: "x86_64" not in link.filename)
    return next(iter([*sdists, *wheels]), None)


def fetch_tree(release: Published, sources: PackageSources, directory: Path) -> SourceTree:
    """Fetch the Python files of a release below the new `directory`.

    Raises `SurfaceIndexError` when it cannot be fetched or is not what the index promises.
    """

    def once(attempt: int) -> Path:
        root = directory / str(attempt)
        root.mkdir(parents=True)
        for path, content in read_members(release, sources, _is_source):
            target = root / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except _CONTRADICTIONS as error:
                raise _broken(release.link, error) from error
        return root

    root = attempting(f"vLLM {release.version}", once)
    if not (root / DISTRIBUTION).is_dir():
        raise _not_as_promised(release.link, "holds no Python file of vLLM")
    return SourceTree(release.version, root, release.kind)


def _is_source(parts: tuple[str, ...]) -> bool:
    return len(parts) > 1 and parts[0] == DISTRIBUTION and parts[-1].endswith(".py")


def read_members(
    release: Published, sources: PackageSources, wanted: Wanted
) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield path and content of the wanted files of a release, once, for a caller that tries again.

    What a sdist holds is known to be what the index promises only when all was read. A path never leads
    outside. Raises `SurfaceIndexError`, or `NetworkTroubleError` where another attempt may help.
    """
    total = 0
    read = _of_sdist if release.kind == "sdist" else _of_wheel
    with index_client(sources) as client:
        for path, content in read(client, release.link, wanted):
            total += len(content)
            if total > _LARGEST_TREE:
                raise _not_as_promised(release.link, f"unpacks to more than {_LARGEST_TREE // 1024**2} MiB")
            yield path, content


def attempting(what: str, once: Callable[[int], _Result]) -> _Result:
    """Return what `once` returns, called again while the network is in trouble; then `SurfaceIndexError`."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return once(attempt)
        except NetworkTroubleError as error:
            if attempt == ATTEMPTS:
                raise SurfaceIndexError(
                    f"{what} cannot be fetched: the package index does not answer ({error}).",
                    next_step="Check the network and the index that pip or uv is configured with.",
                ) from error
            time.sleep(attempt)
    raise AssertionError


def _not_as_promised(link: Link, what: str) -> SurfaceIndexError:
    return SurfaceIndexError(
        f"{link.filename} {what}.", next_step="Try again; if it stays so, do not use that index."
    )


# ---------------------------------------------------------------- sdists


class _Download(io.RawIOBase):
    """The bytes of a response as they come, hashed."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                self._rest = next(self._pieces)
            except StopIteration:
                return 0
            except Exception as error:
                raise NetworkTroubleError(f"{type(error).__name__}: {error}") from error
            self.sha256.update(self._rest)
        given = self._rest[: len(buffer)]
        buffer[: len(given)] = given
        self._rest = self._rest[len(given) :]
        return len(given)


def _of_sdist(client: Any, link: Link, wanted: Wanted) -> Iterator[tuple[PurePosixPath, bytes]]:
    with client.stream("GET", link.url_without_fragment) as response:
        if response.status_code >= _REFUSED:
            raise NetworkTroubleError(f"HTTP status {response.status_code}")
        download = _Download(response.iter_raw())
        buffered = io.BufferedReader(download, BLOCK)
        try:
            with tarfile.open(fileobj=buffered, mode="r|gz") as archive:
                for member in archive:
                    path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
                    if member.isreg() and _may_be_read(path, member.size, wanted):
                        stream = archive.extractfile(member)
                        yield path, stream.read() if stream else b""
        except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            raise _broken(link, error) from error
        while buffered.read(BLOCK):
            pass  # what lies behind the archive's end belongs to the hash
    promised = (link.hash_option or {}).get("sha256", [])
    if promised and download.sha256.hexdigest() not in promised:
        raise _not_as_promised(link, "was fetched, but its content is not what the index promises")


def _may_be_read(path: PurePosixPath, size: int, wanted: Wanted) -> bool:
    """Tell a wanted file of sound size from everything else, and from a path that leads outside."""
    return bool(path.parts) and ".." not in path.parts and size <= _LARGEST_FILE and wanted(path.parts)


def _broken(link: Link, error: Exception) -> SurfaceIndexError:
    return _not_as_promised(link, f"is a broken archive ({error})")


# ---------------------------------------------------------------- wheels


class _RemoteFile(io.RawIOBase):
    """A file on a server that answers range requests, read block by block."""

    def __init__(self, client: Any, link: Link) -> None:
        self._client = client
        self._url = link.url_without_fragment
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        head = self._get(0, 1)
        total = head.headers.get("content-range", "").rpartition("/")[2]
        if head.status_code != _PARTIAL or not total.isdigit():
            raise _not_as_promised(link, "has no sdist beside it, and the index gives no part of a file")
        self.size = int(total)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        number, inside = divmod(self._position, BLOCK)
        given = self._block(number)[inside : inside + len(buffer)] if self._position < self.size else b""
        buffer[: len(given)] = given
        self._position += len(given)
        return len(given)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            start = number * BLOCK
            response = self._get(start, min(BLOCK, self.size - start))
            if response.status_code != _PARTIAL:
                raise NetworkTroubleError(f"HTTP status {response.status_code}")
            self._blocks[number] = response.content
            if len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return self._blocks[number]

    def _get(self, start: int, size: int) -> Any:
        return self._client.get(self._url, headers={"Range": f"bytes={start}-{start + size - 1}"})


def _of_wheel(client: Any, link: Link, wanted: Wanted) -> Iterator[tuple[PurePosixPath, bytes]]:
    remote = _RemoteFile(client, link)
    try:
        with zipfile.ZipFile(io.BufferedReader(remote, 1 << 16)) as archive:
            for member in sorted(archive.infolist(), key=lambda member: member.header_offset):
                path = PurePosixPath(member.filename)
                if not member.is_dir() and _may_be_read(path, member.file_size, wanted):
                    yield path, archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise _broken(link, error) from error
