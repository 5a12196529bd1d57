"""Which indexes and directories are asked, from what pip and uv are told."""

import os
from pathlib import Path

import pytest

from plugin_matrix.plugins.indexes import PackageSources, configured_sources


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, PackageSources()),
        ({"PIP_INDEX_URL": "https://a/simple"}, PackageSources(index_url="https://a/simple")),
        (
            {"PIP_INDEX_URL": "https://a/simple", "UV_INDEX_URL": "https://b/simple"},
            PackageSources(index_url="https://b/simple"),
        ),
        (
            {"UV_INDEX_URL": "https://b/simple", "UV_DEFAULT_INDEX": "https://c/simple"},
            PackageSources(index_url="https://c/simple"),
        ),
        (
            {"PIP_EXTRA_INDEX_URL": "https://a/s https://b/s"},
            PackageSources(extra_index_urls=("https://a/s", "https://b/s")),
        ),
        (
            {"UV_INDEX": "mine=https://a/s https://b/s"},
            PackageSources(extra_index_urls=("https://a/s", "https://b/s")),
        ),
        ({"PIP_NO_INDEX": "1"}, PackageSources(offline=True)),
        ({"UV_OFFLINE": "0"}, PackageSources()),
        (
            {"PIP_FIND_LINKS": "https://a/links /nowhere/at/all"},
            PackageSources(find_links=("https://a/links",)),
        ),
        ({"PIP_CERT": "/ca.pem"}, PackageSources(certificates="/ca.pem")),
        ({"PIP_TRUSTED_HOST": "a b:8080"}, PackageSources(trusted_hosts=("a", "b:8080"))),
    ],
)
def test_variables_are_read(environ: dict[str, str], expected: PackageSources) -> None:
    assert configured_sources(environ | {"PIP_CONFIG_FILE": os.devnull}) == expected


def test_variables_come_before_pips_files_and_install_before_global(tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://global/s\nextra-index-url =\n    https://x/s\n    https://y/s\n"
        f"find_links = {links}\n[install]\nindex-url = https://install/s\n"
    )
    from_file = configured_sources({"PIP_CONFIG_FILE": str(file)})
    assert from_file.index_url == "https://install/s"
    assert from_file.extra_index_urls[-2:] == ("https://x/s", "https://y/s")
    assert from_file.find_links == (str(links),)
    both = configured_sources({"PIP_CONFIG_FILE": str(file), "PIP_INDEX_URL": "https://variable/s"})
    assert both.index_url == "https://variable/s"


def test_uv_is_told_the_same_places() -> None:
    sources = PackageSources(
        index_url="https://a/s",
        extra_index_urls=("https://b/s",),
        find_links=("/links",),
        trusted_hosts=("h",),
    )
    assert " ".join(sources.uv_arguments()) == (
        "--default-index https://a/s --index-strategy unsafe-best-match --index https://b/s"
        " --find-links /links --allow-insecure-host h"
    )
    offline = PackageSources(index_url="https://a/s", extra_index_urls=("https://b/s",), offline=True)
    assert offline.uv_arguments() == ["--no-index"]
