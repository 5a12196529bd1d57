"""Where packages come from on this machine: what pip and uv have been told, read in one place.

pip's files and variables are read because that is where people state their indexes; uv is told
the same on its command line, and so both find the same packages.
"""

import configparser
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs


class PackageSources(msgspec.Struct, frozen=True, kw_only=True):
    """Package indexes and directories of wheels; an empty one means the public index."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    """URLs, and directories that exist."""
    trusted_hosts: tuple[str, ...] = ()
    certificates: str | None = None
    """File of certificate authorities to trust instead of the system's."""
    offline: bool = False
    """No index at all (`PIP_NO_INDEX`, `UV_NO_INDEX`, `UV_OFFLINE`): `find_links` only."""

    def uv_arguments(self) -> list[str]:
        """Options of `uv pip` that make it look in the same places, in pip's manner."""
        arguments: list[str] = []
        if self.offline:
            arguments.append("--no-index")
        elif self.index_url:
            arguments += ["--default-index", self.index_url]
        if self.extra_index_urls and not self.offline:
            # uv stops at the first index that knows a name, pip takes the best of all.
            arguments += ["--index-strategy", "unsafe-best-match"]
            for url in self.extra_index_urls:
                arguments += ["--index", url]
        for place in self.find_links:
            arguments += ["--find-links", place]
        for host in self.trusted_hosts:
            arguments += ["--allow-insecure-host", host]
        return arguments


def configured_sources(environ: Mapping[str, str] | None = None) -> PackageSources:
    """Read the sources from uv's variables, pip's variables and pip's files, in that order of precedence."""
    environ = os.environ if environ is None else environ
    pip = _pip_files(environ) | {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_")
    }

    def first(*names: str, pip_option: str) -> str:
        return next((environ[name] for name in names if environ.get(name)), pip.get(pip_option, ""))

    return PackageSources(
        index_url=first("UV_DEFAULT_INDEX", "UV_INDEX_URL", pip_option="index-url") or None,
        extra_index_urls=tuple(
            # uv lets an index have a name in front: `name=https://...`.
            re.sub(r"^[\w.-]+=(?=\w+:)", "", url)
            for url in first("UV_INDEX", "UV_EXTRA_INDEX_URL", pip_option="extra-index-url").split()
        ),
        find_links=tuple(
            place
            for place in first("UV_FIND_LINKS", pip_option="find-links").replace(",", " ").split()
            if "://" in place or Path(place).exists()
        ),
        trusted_hosts=tuple(first("UV_INSECURE_HOST", pip_option="trusted-host").split()),
        certificates=first("SSL_CERT_FILE", pip_option="cert") or None,
        offline=first("UV_OFFLINE", "UV_NO_INDEX", pip_option="no-index").lower()
        in {"1", "true", "yes", "on"},
    )


def _pip_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Options of pip's configuration files, later files over earlier ones, `install` over `global`.

    The places are those of pip's documentation, "Configuration files".
    """
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return {}
    home = Path(environ.get("HOME", Path.home()))
    user = Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else None
    files = [
        Path(platformdirs.site_config_dir("pip", appauthor=False)) / "pip.conf",
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        (user / "pip" if user else Path(platformdirs.user_config_dir("pip", appauthor=False))) / "pip.conf",
        Path(sys.base_prefix) / "pip.conf",
        *([Path(chosen)] if chosen else []),
    ]
    options: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue  # pip itself says what is wrong with its file
        for section in ("global", "install"):
            if parser.has_section(section):
                options |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    return options
