"""Finding and fetching published plugins the way pip would, verified and kept by content."""

import logging
import ssl
import tempfile
import time
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version
from unearth import Link, PackageFinder
from unearth.errors import HashMismatchError, UnpackError, URLError
from unearth.fetchers import PyPIClient

from plugin_matrix.errors import PluginError
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.keeping import keep
from plugin_matrix.plugins.store import Store

MAX_BYTES = 1024**3
DOWNLOAD_SECONDS = 900.0
ATTEMPTS = 3
_NOT_FOUND = frozenset({404, 410})
_CHECK_THE_NETWORK = "Check the network and the index that pip or uv is configured with, then try again."

# What unearth logs is said in our errors; without a handler Python would print it on stderr.
logging.getLogger("unearth").addHandler(logging.NullHandler())


class NetworkTroubleError(Exception):
    """An index did not answer, which is not the same as not having a package."""


class _WatchedClient(PyPIClient):
    """Tells trouble with the network from the absence of a package, where unearth takes both for absence."""

    def send(self, *arguments: Any, **options: Any) -> Any:
        try:
            response = super().send(*arguments, **options)
        except Exception as error:
            raise NetworkTroubleError(f"{type(error).__name__}: {error}") from error
        if response.status_code >= 400 and response.status_code not in _NOT_FOUND:  # noqa: PLR2004 - HTTP
            raise NetworkTroubleError(f"HTTP status {response.status_code}")
        return response


def fetch(requirement: Requirement, sources: PackageSources, store: Store) -> Path:
    """Fetch the newest artefact that satisfies `requirement`: a wheel, or an sdist where there is none.

    Wheels for other platforms and Pythons are taken too, when none fits this machine: their
    metadata and Python files are what is judged. Raises `PluginError`.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with index_client(sources) as client:
                return _fetch(requirement, package_finder(sources, client), store)
        except NetworkTroubleError as error:
            if attempt == ATTEMPTS:
                raise PluginError(
                    f"{requirement} cannot be fetched: the package index does not answer ({error}).",
                    next_step=_CHECK_THE_NETWORK,
                ) from error
            time.sleep(attempt)
    raise AssertionError


def _fetch(requirement: Requirement, finder: PackageFinder, store: Store) -> Path:
    try:
        early = bool(requirement.specifier.prereleases)
        found = finder.find_best_match(requirement, allow_prereleases=early)
        if found.best is None and not early:
            # As pip does: early releases when there are no others.
            found = finder.find_best_match(requirement, allow_prereleases=True)
        if found.best is None:
            raise _nothing_found(requirement, [c.version for c in found.candidates if c.version])
        link = found.best.link
        return _download(requirement, link, finder, store)
    except HashMismatchError as error:
        raise PluginError(
            f"{requirement} was fetched, but its content is not what the index promises ({link.filename}).",
            next_step="Try again; if it stays so, do not use that index.",
        ) from error
    except (UnpackError, URLError, ValueError) as error:
        raise PluginError(
            f"{requirement} cannot be fetched: {error}.", next_step=_CHECK_THE_NETWORK
        ) from error


def _download(requirement: Requirement, link: Link, finder: PackageFinder, store: Store) -> Path:
    promised = (link.hash_option or {}).get("sha256", [""])[0].lower()
    if promised and (kept := store.find("artefacts", promised)):
        return kept / link.filename
    give_up = time.monotonic() + DOWNLOAD_SECONDS

    def watch(link: Link, completed: int, total: int | None) -> None:
        if max(completed, total or 0) > MAX_BYTES:
            raise PluginError(
                f"{requirement} is larger than {MAX_BYTES // 1024**2} MiB ({link.filename}).",
                next_step="Name a smaller release, or a wheel on this machine.",
            )
        if time.monotonic() > give_up:
            raise PluginError(
                f"{requirement} took longer than {DOWNLOAD_SECONDS:.0f} s to download.",
                next_step=_CHECK_THE_NETWORK,
            )

    with store.guarded(), tempfile.TemporaryDirectory(prefix="plugin-matrix-") as directory:
        file = finder.download(link, directory, download_reporter=watch)
        return keep(file, link.filename, store)


def index_client(sources: PackageSources) -> PyPIClient:
    """Return what requests to the indexes of `sources` are made with; raises `NetworkTroubleError` then."""
    verify = ssl.create_default_context(cafile=sources.certificates) if sources.certificates else True
    return _WatchedClient(
        trusted_hosts=sources.trusted_hosts, verify=verify, follow_redirects=True, timeout=30.0
    )


def package_finder(sources: PackageSources, client: Any) -> PackageFinder:
    """Return what finds packages in `sources` as pip would, for whatever machine they are."""
    finder = PackageFinder(
        session=client,
        index_urls=[sources.index_url] if sources.index_url else [],
        ignore_compatibility=True,
    )
    # Only a finder made without any index falls back to the public one, so the rest comes afterwards.
    if sources.offline:
        finder.sources.clear()
    else:
        for url in sources.extra_index_urls:
            finder.add_index_url(url)
    for place in sources.find_links:
        finder.add_find_links(place)
    return finder


def _nothing_found(requirement: Requirement, versions: list[str]) -> PluginError:
    if versions:
        newest = sorted(set(versions), key=Version)[-10:]
        return PluginError(
            f"No release of {requirement.name} satisfies {requirement} (there are {', '.join(newest)}).",
            next_step="Relax the specifier.",
        )
    return PluginError(
        f"There is no distribution called {requirement.name} on the package index.",
        next_step=f"Check the spelling; a local plugin is given as a path, for example ./{requirement.name}.",
    )
