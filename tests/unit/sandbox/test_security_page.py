"""The security page names a test for each promise; those tests have to exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parents[1]
PAGE = TESTS.parent / "docs" / "security.md"


def test_every_test_the_security_page_names_exists() -> None:
    trees = (HERE, HERE / "container", TESTS / "containers", TESTS / "unit" / "run")
    sources = "\n".join(file.read_text() for tree in trees for file in tree.rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)(…?)`", PAGE.read_text())
    assert len(named) > 20
    for start, cut in named:
        assert f"def {start}" + ("" if cut else "(") in sources
