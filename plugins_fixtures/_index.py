"""Write `README.md`, the table of fixtures, from their `expect.toml` files.

Run it after a change: `python plugins_fixtures/_index.py`.
"""

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
HEADER = """\
# Fixture plugins

One installable distribution for each behaviour of a plugin, good, broken and hostile. Each directory holds
a `pyproject.toml`, a few lines of code and an `expect.toml`: what the matrix must say about it on which
releases of vLLM. Verdicts and sets of rule ids are compared exactly, so a finding too many is as wrong as
one too few.

- `releases` are PEP 440 specifiers; the ranges of one fixture are disjoint and cover every release from
  0.5.5 on.
- `needs = ["torch"]`: the expectation holds where the platform has torch.
- `with` names the fixtures that are installed beside it.
- The code of a fixture runs only when a plugin loader imports or calls it; building a wheel runs none of it.
  The `hostile-` ones attack whoever loads them: load them in a sandbox only.

Of several faults that follow from one another only the first is expected: a module that cannot be imported
hides what it would have registered, a function that cannot be called twice is not also unsafe in threads, a
model is judged up to its first failing step, and a model that a spawned process does not know is not also
one that cannot generate there.

To add one: copy the nearest directory, rename it and its module, state what is expected, and run
`python plugins_fixtures/_index.py`.

| fixture | behaviour | expected |
|---|---|---|
"""


def table_row(directory: Path) -> str:
    """Return the fixture's line of the table: name, purpose, and verdict and rules by release range."""
    content = tomllib.loads((directory / "expect.toml").read_text(encoding="utf-8"))
    expected = "<br>".join(
        f"`{one['releases']}` {' '.join((one['verdict'], *one['rules']))}" for one in content["expect"]
    )
    notes = [f"needs {need}" for need in content.get("needs", ())]
    notes += [f"with {other}" for other in content.get("with", ())]
    purpose = content["purpose"] + (f" ({', '.join(notes)})" if notes else "")
    return f"| `{directory.name}` | {purpose} | {expected} |\n"


def index() -> str:
    """Return the whole README."""
    directories = sorted(path.parent for path in HERE.glob("*/expect.toml"))
    return HEADER + "".join(table_row(directory) for directory in directories)


if __name__ == "__main__":
    README.write_text(index(), encoding="utf-8")
    sys.stdout.write(f"{README.name} written\n")
