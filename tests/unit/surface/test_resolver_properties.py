"""What must hold of answers whatever is asked."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.surface.resolver import Surface

from .engines import surface_index
from .resolver_rows import NAMES, VALUES, Row
from .test_resolver_table import access

_PARTS = ("a", "b", "C", "D", "f", "x", "y", "gone", "p")
_LINES = (
    "x = 1",
    "from .b import *",
    "from .a import *",
    "from vllm.p import C",
    "from vllm import p",
    "class C:\n    y: 'D'\n    def f(self) -> 'C': ...",
    "class C(D): ...",
    "class D:\n    x: list['C']",
    "def f() -> 'C': ...",
    "from .b import C as D",
    "import os\nif os.name:\n    from .a import D",
    "y = f()",
    "C = D",
    "__all__ = ['C', 'y']",
)
_FILES = ("a.py", "b.py", "p/__init__.py", "p/a.py", "p/b.py", "__init__.py")
_SOURCES = st.dictionaries(
    st.sampled_from(_FILES), st.lists(st.sampled_from(_LINES), max_size=4).map("\n".join), max_size=6
)
_STEPS = st.lists(st.sampled_from([".x", ".y", ".f", ".gone", "()", "[]", "@"]), max_size=4).map(tuple)
_PATHS = st.builds(
    AccessPath,
    st.lists(st.sampled_from(_PARTS), max_size=4).map(lambda parts: ".".join(["vllm", *parts])),
    _STEPS,
)


@settings(deadline=None, max_examples=60)  # each example writes and reads an index
@given(
    engine=st.lists(_SOURCES, min_size=1, max_size=3),
    questions=st.lists(st.tuples(_PATHS, st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=12),
)
def test_answers_are_disjoint_cover_what_was_asked_and_do_not_depend_on_it(
    engine: list[dict[str, str]],
    questions: list[tuple[AccessPath, int, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    named = {f"{number}.0": sources for number, sources in enumerate(engine, start=1)}
    index = surface_index(named, tmp_path_factory.mktemp("engine"))
    surface, fresh = Surface(index), Surface(index)
    for path, asked, within in questions:
        mask = asked & surface.axis.all
        answers = surface.resolve(path, mask)
        union = 0
        for answer in answers:
            assert answer.mask
            assert not union & answer.mask
            union |= answer.mask
        assert union == mask
        narrowed = {
            (answer.thing, answer.conditional, answer.deprecated): answer.mask & within
            for answer in answers
            if answer.mask & within
        }
        # Neither the mask nor what was asked before changes an answer.
        alone = fresh.resolve(path, mask & within)
        assert {(one.thing, one.conditional, one.deprecated): one.mask for one in alone} == narrowed


@pytest.mark.parametrize("row", [*NAMES, *VALUES], ids=lambda row: row.name)
def test_the_order_of_questions_changes_no_answer(row: Row, tmp_path: Path) -> None:
    by_release = {release: v for release, v in row.sources.items() if isinstance(v, dict)}
    index = surface_index(by_release or {"1.0": row.sources}, tmp_path)  # type: ignore[dict-item] # one release
    paths = [access(path) for path in row.expected]
    forwards, backwards = Surface(index), Surface(index)
    told = {path: forwards.resolve(path, index.axis.all) for path in paths}
    assert {path: backwards.resolve(path, index.axis.all) for path in reversed(paths)} == told
