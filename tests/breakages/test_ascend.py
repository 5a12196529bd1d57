"""vllm-ascend names in its own version the vLLM release it is made for; no other may fit much better."""

from collections import Counter
from pathlib import Path

import pytest
from packaging.version import Version

from plugin_matrix.model import Level
from plugin_matrix.plugins.readable import read_plugin
from plugin_matrix.run.check import check_readable
from plugin_matrix.surface.resolver import Surface

RELEASES = (
    "0.7.3",
    "0.8.4rc2",
    "0.8.5rc1",
    "0.9.1",
    "0.9.2rc1",
    "0.10.0rc1",
    "0.10.2rc1",
    "0.11.0",
    "0.12.0rc1",
    "0.13.0",
    "0.14.0rc1",
    "0.16.0rc1",
    "0.18.0",
    "0.20.2rc1",
    "0.23.0",
    "0.26.0rc1",
    "0.30.0rc2",
)


@pytest.mark.parametrize("version", RELEASES)
def test_the_release_that_its_own_number_names_is_among_the_least_broken(
    version: str, surface: Surface, store: Path
) -> None:
    result = check_readable(read_plugin(f"vllm-ascend=={version}", store), surface, surface.axis.all)
    errors = Counter(
        release for finding in result.findings if finding.level is Level.ERROR for release in finding.broken
    )
    fewest = min(errors[release] for release in result.releases)
    assert errors[Version(version).base_version] == fewest, dict(errors)
