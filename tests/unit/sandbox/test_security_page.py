"""The security page names a test for each promise; those tests have to exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "security.md"


def test_every_test_the_security_page_names_exists() -> None:
    sources = "\n".join(file.read_text() for file in HERE.glob("test_*.py"))
    named = re.findall(r"`(test_\w+)(…?)`", PAGE.read_text())
    assert len(named) > 20
    for start, cut in named:
        assert f"def {start}" + ("" if cut else "(") in sources
