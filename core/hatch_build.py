"""Makes the wheel of the release that VLLM_REFERENCE_RELEASE names (the newest one when it is unset)."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))

import release_tree


def _release() -> str:
    return os.environ.get("VLLM_REFERENCE_RELEASE") or release_tree.releases()[-1]


class ReleaseMetadata(MetadataHookInterface):
    """Version and entry points of the release."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill the dynamic fields."""
        release = _release()
        metadata["version"] = f"{release}+{release_tree.LOCAL_VERSION}"
        metadata["entry-points"] = release_tree.entry_points(release)


class ReleaseTree(BuildHookInterface[Any]):
    """The package as the release has it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Lay the tree out and put it into the wheel."""
        self._directory = tempfile.mkdtemp(prefix="vllm-reference-")
        release_tree.build_tree(_release(), Path(self._directory), metadata=False)
        build_data["force_include"][f"{self._directory}/vllm"] = "vllm"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the tree."""
        shutil.rmtree(self._directory)
