"""Every row is judged as a set: what must be reported, and nothing besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.rules.static_metadata import declared_on, judge_metadata, propose, reading

from .rows import GENERAL, ROWS, Row, point

HISTORY = InterfaceHistory.load()
AXIS = release_axis(HISTORY.release_facts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_metadata_is_judged_on_all_releases(row: Row) -> None:
    judged = reading(row.read.plugin, AXIS, HISTORY)
    broken = AXIS.matching(row.broken) & judged if row.broken else 0
    found = judge_metadata(row.read, AXIS, HISTORY, judged, broken)
    told = [(one.rule, one.level.value, one.subject, AXIS.text(AXIS.mask(one.broken))) for one in found]
    # A group is judged where it is read.
    platform = all(one.group == "vllm.platform_plugins" for one in row.points)
    expected = [(*one[:3], ">=0.7.0" if platform and one[3] == ">=0.5.5" else one[3]) for one in row.expected]
    assert sorted(told) == sorted(expected)
    assert all(one.broken for one in found)


def test_names_of_rows_are_their_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("requires", "broken", "proposed"),
    [
        ((), "", ">=0.5.5"),
        ((), ">=0.30", ">=0.5.5,<0.30.0"),
        ((), "<0.9", ">=0.9.0"),
        (("vllm>=0.20",), "", None),
        (("vllm>=0.20",), ">=0.30", ">=0.20,<0.30"),
        (("vllm>=0.20",), "==0.25.0", ">=0.20,!=0.25.0"),
        (("vllm>=0.20",), "==0.25.*", ">=0.20,!=0.25.*"),
        (("vllm>=0.20",), "<0.25,>=0.22", ">=0.25"),
        (("vllm>=0.8",), "<0.20", ">=0.20"),
        (("vllm==0.30.0",), "", ">=0.30,<=0.33.0"),
        (("vllm==0.30.0",), ">=0.33", ">=0.30,<0.33"),
        (("vllm==0.30.0",), ">=0.31", None),
        (("vllm==0.30.0",), "==0.30.0", ">=0.5.5,<=0.33.0,!=0.30.0"),
        (("vllm==0.15.1+cpu",), ">=0.16", None),
        (("vllm<0.18.1,>=0.17.0",), ">=0.18.1", None),
        (("vllm>=0.20",), ">=0", None),
        (("vllm>=0.8.4,<0.9",), "==0.8.5", ">=0.8.4,<0.9,!=0.8.5"),
    ],
)
def test_the_specifier_to_state_takes_out_what_breaks_and_carries_on_what_is_sound(
    requires: tuple[str, ...], broken: str, proposed: str | None
) -> None:
    plugin = Row("", requires=requires).read.plugin
    judged = reading(plugin, AXIS, HISTORY)
    verified = judged & ~(AXIS.matching(broken) if broken else 0)
    found = propose(AXIS, judged, verified, declared_on(plugin, AXIS))
    if proposed is None or found is None:
        assert found == proposed
    else:
        assert AXIS.text(AXIS.matching(found)) == AXIS.text(AXIS.matching(proposed)), found


@pytest.mark.parametrize(
    ("requires", "doubtful", "proposed"),
    [
        ((), ">=0.29", ">=0.5.5,<0.29"),
        ((), ">=0", ">=0.5.5"),
        (("vllm>=0.20,<0.30",), ">=0.31", "<=0.30.0,>=0.20"),
        (("vllm>=0.20",), ">=0.31", None),
    ],
)
def test_what_may_break_is_promised_to_nobody_for_the_first_time(
    requires: tuple[str, ...], doubtful: str, proposed: str | None
) -> None:
    plugin = Row("", requires=requires).read.plugin
    judged = reading(plugin, AXIS, HISTORY)
    found = propose(AXIS, judged, judged, declared_on(plugin, AXIS), AXIS.matching(doubtful))
    if proposed is None or found is None:
        assert found == proposed
    else:
        assert AXIS.text(AXIS.matching(found)) == AXIS.text(AXIS.matching(proposed)), found


@given(st.integers(0, AXIS.all), st.sampled_from(["", "vllm>=0.20", "vllm>=0.9,<0.15", "vllm==0.30.0"]))
def test_what_is_proposed_admits_only_what_is_verified(verified: int, stated: str) -> None:
    plugin = Row("", requires=(stated,) if stated else ()).read.plugin
    found = propose(AXIS, AXIS.all, verified, declared_on(plugin, AXIS))
    assert (found is None) <= (stated != "" or verified == 0)
    if found is not None:
        admitted = AXIS.matching(found)
        assert admitted
        assert admitted & ~verified == 0


@pytest.mark.parametrize(
    ("lines", "text", "releases"),
    [
        ((), None, "all"),
        (("vllm",), None, "all"),
        (("vllm>=0.30",), ">=0.30", ">=0.30.0"),
        (("VLLM >= 0.30 , < 0.32",), ">=0.30,<0.32", "0.30.0-0.31.0"),
        (("vllm>=0.30", "vllm<0.32"), ">=0.30,<0.32", "0.30.0-0.31.0"),
        (("vllm[audio]>=0.33",), ">=0.33", "0.33.0"),
        (("vllm>=0.32.1rc0",), ">=0.32.1rc0", "0.33.0"),
        (("vllm==0.15.1+cpu",), "==0.15.1+cpu", "0.15.1"),
        (("vllm>=0.33; extra == 'vllm'",), ">=0.33", "0.33.0"),
        (("vllm>=0.32", "vllm==0.33.0; extra == 'pinned'"), ">=0.32", ">=0.32.0"),
        (("vllm==0.32.0; extra == 'a'", "vllm==0.33.0; extra == 'b'"), "==0.32.0 or ==0.33.0", ">=0.32.0"),
        (("vllm>=0.33; sys_platform == 'linux'",), ">=0.33", "0.33.0"),
        (("vllm>=0.33; sys_platform == 'darwin'",), ">=0.33", "0.33.0"),
        (("vllm>=0.33; sys_platform == 'win32'",), None, "all"),
        (
            ("vllm>=0.33; python_version >= '3.12'", "vllm==0.32.0; python_version < '3.12'"),
            "==0.32.0 or >=0.33",
            ">=0.32.0",
        ),
        (("vllm>=0.20,<0.19",), ">=0.20,<0.19", "none"),
    ],
)
def test_the_declared_range_is_what_any_installation_would_get(
    lines: tuple[str, ...], text: str | None, releases: str
) -> None:
    declared = declared_on(Row("", requires=lines).read.plugin, AXIS)
    assert (declared.text, AXIS.text(declared.mask)) == (text, releases)


@pytest.mark.parametrize(
    ("groups", "releases"),
    [
        (("vllm.general_plugins",), ">=0.5.5"),
        (("vllm.platform_plugins",), ">=0.7.0"),
        (("vllm.general_plugins", "vllm.stat_logger_plugins"), ">=0.5.5"),
        (("vllm.platform_plugins", "vllm.general_plugins"), ">=0.7.0"),
        (("vllm.unknown",), "all"),
        (("vllm.unknown", "vllm.io_processor_plugins"), ">=0.10.2"),
    ],
)
def test_releases_that_read_no_group_of_the_plugin_or_not_its_platform_are_not_judged(
    groups: tuple[str, ...], releases: str
) -> None:
    plugin = Row("", points=tuple(point(group=group) for group in groups)).read.plugin
    assert AXIS.text(reading(plugin, AXIS, HISTORY)) == releases


def test_a_misspelt_group_is_told_with_the_one_that_was_meant() -> None:
    (found,) = judge_metadata(
        Row("", points=(point(group="vllm.general_plugin"),)).read, AXIS, HISTORY, AXIS.all, 0
    )
    assert found.message.endswith("Did you mean vllm.general_plugins?")


def test_what_broke_first_inside_the_declared_range_is_its_trouble() -> None:
    row = Row("", requires=("vllm>=0.20",))
    broken = AXIS.matching(">=0.30") | AXIS.matching("<0.21,>=0.20")
    (found,) = judge_metadata(row.read, AXIS, HISTORY, AXIS.all, broken)
    assert (found.rule, found.since) == ("PM106", "0.30.0")
    assert 'State "vllm>=0.21.0,<0.30.0" in the dependencies.' in found.hint


def test_the_hint_names_the_extra_that_states_the_range() -> None:
    row = Row("", requires=("vllm>=0.20; extra == 'gpu'",))
    (found,) = judge_metadata(row.read, AXIS, HISTORY, AXIS.all, AXIS.matching(">=0.30"))
    assert found.hint == 'State "vllm>=0.20.0,<0.30.0" in the extra (gpu).'


def test_a_finding_counts_where_the_plugin_declares_it() -> None:
    row = Row("", points=(GENERAL,), python=">=3.13", requires=("vllm>=0.20",))
    (found,) = judge_metadata(row.read, AXIS, HISTORY, AXIS.all, 0)
    assert (found.rule, found.declared) == ("PM112", False)
