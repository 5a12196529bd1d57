"""`python -m plugin_matrix.export.own ROOT` writes the workflow that this repository offers to others."""

import sys
from pathlib import Path

from plugin_matrix.export.formats import reusable_workflow

WORKFLOW = ".github/workflows/matrix.yml"


def main(root: Path) -> None:
    """Write the file below `root`."""
    path = root / WORKFLOW
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(reusable_workflow(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
