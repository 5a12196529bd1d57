"""What runs when Python starts: lines of path files, and modules that `site` imports by name."""

import re

LARGEST_PATH_FILE = 64 * 1024
"""A larger `.pth` file is data of another kind: weights bear the same suffix."""
CUSTOMIZING = frozenset({"sitecustomize", "usercustomize"})
_EXECUTED = re.compile(rb"import[ \t]")


def is_path_file(file: str) -> bool:
    """Tell whether `site` reads a file of the layer when Python starts."""
    return file.endswith(".pth") and "/" not in file


def executed_lines(content: bytes) -> bytes:
    """Return the lines of a path file that Python executes, in their places: they begin with `import`."""
    return b"\n".join(line if _EXECUTED.match(line) else b"" for line in content.split(b"\n"))


def runs_at_startup(module: str) -> bool:
    """Tell whether a module is run when Python starts; that of a path file bears the file's name."""
    return module in CUSTOMIZING or is_path_file(module)
