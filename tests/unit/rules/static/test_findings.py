"""What a finding says: since when, how surely, where it went, what to write instead."""

# ruff: noqa: E501, FBT001, ISC004
# Sources stand in one piece, however long the line; flags are columns of tables.

from pathlib import Path

import pytest

from plugin_matrix.model import Level
from plugin_matrix.model.surface import Reach, SurfaceFinding

from .row import RELEASES, Row, judged

HERE = "#: vllm/utils.py\ndef cdiv(a, b):\n    return -(a // -b)\n"
MOVED = "#: vllm/utils.py\n#: vllm/maths.py\ndef cdiv(a, b):\n    return -(a // -b)\n"
BOTH = HERE + "#: vllm/maths.py\ndef cdiv(a, b):\n    return -(a // -b)\n"
GONE = "#: vllm/utils.py\n"
USE = "from vllm.utils import cdiv\ndef register(): ...\n"


def only(
    directory: Path, engines: tuple[str, ...], plugin: str, releases: str = "", **row: object
) -> SurfaceFinding:
    (finding,) = judged(Row("", engines, plugin, **row), directory, releases)  # type: ignore[arg-type]
    return finding


@pytest.mark.parametrize(
    ("engines", "releases", "broken", "since"),
    [
        ((HERE, GONE, GONE), "", ("0.11.0", "0.12.0"), "0.11.0"),
        ((GONE, HERE, GONE), "", ("0.10.0", "0.12.0"), "0.12.0"),
        ((GONE, GONE, HERE), "", ("0.10.0", "0.11.0"), None),
        ((GONE, GONE, GONE), "", ("0.10.0", "0.11.0", "0.12.0"), None),
        ((HERE, GONE, HERE, GONE), "", ("0.11.0", "0.13.0"), "0.11.0"),
        ((HERE, GONE, GONE), ">=0.11", ("0.11.0", "0.12.0"), None),
        ((HERE, HERE, GONE), ">=0.11", ("0.12.0",), "0.12.0"),
        ((HERE, GONE, GONE), "==0.12.0", ("0.12.0",), None),
    ],
)
def test_since_is_the_first_release_that_broke_what_worked(
    engines: tuple[str, ...], releases: str, broken: tuple[str, ...], since: str | None, tmp_path: Path
) -> None:
    found = only(tmp_path, engines, USE, releases)
    assert (found.broken, found.since) == (broken, since)


def test_what_fails_for_another_cause_before_did_not_work(tmp_path: Path) -> None:
    engines = ("#: vllm/other.py\n", GONE, HERE, GONE)
    found = {one.rule: one for one in judged(Row("", engines, USE), tmp_path)}
    assert found["PM201"].broken == ("0.10.0",)
    assert found["PM201"].since is None
    assert found["PM202"].broken == ("0.11.0", "0.13.0")
    assert found["PM202"].since == "0.13.0"


def test_a_class_without_its_base_did_not_work_before(tmp_path: Path) -> None:
    base = "#: vllm/base.py\nclass Base:\n    def m(self): ...\n"
    plugin = (
        "def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\n"
        "class Acme(Base):\n    def m(self):\n        from vllm.utils import cdiv\n"
    )
    engines = (GONE + "#: vllm/base.py\n", GONE + base, HERE + base)
    found = {
        one.rule + one.subject: one for one in judged(Row("", engines, plugin, (), "platform"), tmp_path)
    }
    assert found["PM202vllm.utils.cdiv"].broken == ("0.11.0",)
    assert found["PM202vllm.utils.cdiv"].since is None


@pytest.mark.parametrize(
    ("plugin", "reach", "level"),
    [
        (USE, Reach.IMPORT, Level.ERROR),
        ("def register():\n    from vllm.utils import cdiv\n", Reach.CALL, Level.ERROR),
        ("def register(): ...\ndef later():\n    from vllm.utils import cdiv\n", Reach.LATER, Level.WARNING),
        (
            "def register():\n    try:\n        from vllm.utils import cdiv\n        cdiv(1, 2)\n"
            "    except Exception:\n        print('no')\n",
            Reach.CALL,
            Level.WARNING,
        ),
        ("def later():\n    from vllm.utils import cdiv\n" + USE, Reach.IMPORT, Level.ERROR),
    ],
)
def test_reach_is_the_earliest_that_is_certain(
    plugin: str, reach: Reach, level: Level, tmp_path: Path
) -> None:
    found = only(tmp_path, (HERE, GONE), plugin)
    assert (found.reach, found.level) == (reach, level)


def test_a_platform_is_reached_when_vllm_imports_it(tmp_path: Path) -> None:
    plugin = (
        "def register(): return 'acme.platform.Acme'\n"
        "#: acme/platform.py\nfrom vllm.utils import cdiv\nclass Acme: ...\n"
    )
    assert only(tmp_path, (HERE, GONE), plugin, point="platform").reach is Reach.PLATFORM


def test_a_name_that_moved_is_told_with_the_code_for_both(tmp_path: Path) -> None:
    found = only(tmp_path, (HERE, BOTH, MOVED), USE)
    assert found.message == "vllm.utils.cdiv does not exist in vLLM 0.12.0"
    assert found.hint == "It is `vllm.maths.cdiv` in vLLM 0.12.0. vLLM 0.11.0 has both."
    assert found.replacement == (
        "try:\n    from vllm.maths import cdiv\nexcept ImportError:  # vLLM <=0.11.0\n    from vllm.utils import cdiv\n"
    )


@pytest.mark.parametrize(
    ("newest", "name", "told"),
    [
        ("#: vllm/utils.py\nother = 1\n", "cdiv", True),
        ("#: vllm/utils.py\nother = 1\n#: vllm/maths.py\nclass cdiv: ...\n", "cdiv", False),
        ("#: vllm/utils.py\nother = 1\n", "_cdiv", False),
    ],
)
def test_that_nothing_has_a_name_any_more_is_told(
    tmp_path: Path, newest: str, name: str, *, told: bool
) -> None:
    engines = ("#: vllm/utils.py\ndef cdiv(a, b): ...\ndef _cdiv(a, b): ...\n", newest)
    row = Row("", engines, f"from vllm.utils import {name}\ndef register(): ...\n")
    (found,) = (one for one in judged(row, tmp_path) if one.rule == "PM202")
    assert found.hint.startswith("No module of vLLM 0.11.0 defines `cdiv`") is told


def test_of_a_module_without_a_successor_it_is_told_that_its_names_are_gone(tmp_path: Path) -> None:
    engines = ("#: vllm/maths.py\ndef cdiv(a, b): ...\n", "#: vllm/utils.py\nother = 1\n")
    found = only(tmp_path, engines, "from vllm.maths import cdiv\ndef register(): ...\n", "==0.11.0")
    assert found.hint.startswith("No module of vLLM 0.11.0 defines `cdiv`: ")


def test_the_code_for_both_works_on_every_release(tmp_path: Path) -> None:
    engines = (HERE, BOTH, MOVED)
    replacement = only(tmp_path / "1", engines, USE).replacement
    assert replacement is not None
    assert judged(Row("", engines, replacement + "def register(): ...\n"), tmp_path / "2") == ()


def test_a_module_that_moved_is_told_with_all_names_taken_from_it(tmp_path: Path) -> None:
    layer = "class Attention:\n    def forward(self, a): ...\nclass Backend:\n    def name(self): ...\n"
    engines = (f"#: vllm/attention/layer.py\n{layer}", f"#: vllm/v1/layer.py\n{layer}")
    found = only(
        tmp_path,
        engines,
        "from vllm.attention.layer import Backend\nfrom vllm.attention.layer import Attention\ndef register(): ...\n",
    )
    assert found.occurrences == 2
    assert found.hint == "It is `vllm.v1.layer` in vLLM 0.11.0."
    assert found.replacement == (
        "try:\n    from vllm.v1.layer import Attention, Backend\n"
        "except ImportError:  # vLLM 0.10.0\n    from vllm.attention.layer import Attention, Backend\n"
    )


def test_a_plugin_too_new_is_told_what_it_needs(tmp_path: Path) -> None:
    found = only(tmp_path, (HERE, MOVED, MOVED), "from vllm.maths import cdiv\ndef register(): ...\n")
    assert found.message == "vllm.maths does not exist in vLLM 0.10.0; needs vLLM >=0.11.0"
    assert found.hint == "It is `vllm.utils` in vLLM 0.10.0."


def test_a_call_is_told_with_the_signature_before_and_after(tmp_path: Path) -> None:
    engines = ("#: vllm/f.py\ndef f(a, b): ...\n", "#: vllm/f.py\ndef f(a): ...\n")
    found = only(tmp_path, engines, "from vllm.f import f\ndef register(): f(1, 2)\n")
    assert found.message == (
        "vllm.f.f does not take the plugin's call in vLLM 0.11.0: "
        "takes 1 positional arguments but 2 were given"
    )
    assert found.hint.startswith("`f` took `(a, b)` and takes `(a)`. ")
    assert found.replacement is None
    assert [(e.file, e.line, e.symbol) for e in found.evidence] == [("acme/__init__.py", 2, "vllm.f.f(_, _)")]


@pytest.mark.parametrize(
    ("calls", "since", "quoted"),
    [
        (("1", "1, b=2", "1, c=3"), "0.11.0", "'b'"),
        (("1, c=3", "1", "1, b=2", "1, c=3"), "0.12.0", "'b'"),
        (("1, c=3", "1, b=2", "1"), None, "'b'"),
        (("1, b=2", "1, c=3", "1"), None, "'c'"),
    ],
)
def test_what_is_quoted_fails_on_the_release_that_broke_it(
    calls: tuple[str, ...], since: str | None, quoted: str, tmp_path: Path
) -> None:
    engines = tuple(
        "#: vllm/base.py\nclass Base:\n    def m(self, a=1, b=2, c=3): ...\nclass Sub(Base): ...\n"
        f"#: vllm/callers.py\nfrom vllm.base import Base\ndef use(base: Base):\n    base.m({one})\n"
        for one in calls
    )
    plugin = (
        "def register(): return 'acme.platform.Acme'\n#: acme/platform.py\nfrom vllm.base import Base\n"
        "class Acme(Base):\n    def m(self, a): ...\n"
    )
    found = only(tmp_path, engines, plugin, point="platform")
    assert found.since == since
    assert found.message.partition("argument ")[2].startswith(quoted)
    assert quoted in (found.evidence[0].text or "")


def test_reasons_that_differ_by_release_are_told_with_theirs(tmp_path: Path) -> None:
    engines = tuple(f"#: vllm/f.py\ndef f({signature}): ...\n" for signature in ("a, b", "a", "a, c"))
    found = only(tmp_path, engines, "from vllm.f import f\ndef register(): f(1, b=2)\n")
    assert found.message == (
        "vllm.f.f does not take the plugin's call in vLLM >=0.11.0: got an unexpected keyword argument 'b'"
    )


def test_an_override_is_told_with_the_call_that_fails(tmp_path: Path) -> None:
    engines = tuple(
        "#: vllm/base.py\nclass Base:\n    def m(self, a, b=1): ...\nclass Sub(Base): ...\n"
        f"#: vllm/engine.py\nfrom vllm.base import Base\ndef run(base: Base):\n    base.m({passed})\n"
        for passed in ("1", "1, b=2")
    )
    plugin = (
        "def register(): return 'acme.platform.Acme'\n"
        "#: acme/platform.py\nfrom vllm.base import Base\nclass Acme(Base):\n    def m(self, a): ...\n"
    )
    found = only(tmp_path, engines, plugin, point="platform")
    assert found.reach is Reach.ENGINE
    assert found.message == (
        "Acme.m(self, a) does not take what vLLM 0.11.0 passes: "
        "got an unexpected keyword argument 'b'; vllm.engine calls m(_, b=)"
    )
    assert found.hint.startswith("The plugin's takes `(a)`, vLLM's `(a, b=...)`. ")


def test_places_are_counted_and_some_are_named(tmp_path: Path) -> None:
    body = "".join(f"def f{n}():\n    from vllm.utils import cdiv\n" for n in range(9))
    found = only(tmp_path, (HERE, GONE), USE + body)
    assert found.occurrences == 10
    assert len(found.evidence) == 5
    assert (found.evidence[0].file, found.evidence[0].line) == ("acme/__init__.py", 1)
    assert found.level is Level.ERROR


def test_a_fingerprint_knows_neither_lines_nor_releases(tmp_path: Path) -> None:
    one = only(tmp_path / "1", (HERE, GONE), USE)
    other = only(tmp_path / "2", (HERE, HERE, GONE), "\n\n" + USE)
    assert one.fingerprint("acme") == other.fingerprint("acme")


@pytest.mark.parametrize(
    ("requires", "declared"),
    [
        ((), True),
        (("vllm",), True),
        (("vllm>=0.10",), True),
        (("vllm<0.11",), False),
        (("vllm==0.10.0", "torch>=2"), False),
        (("vllm>=0.10,<0.11; extra == 'all'",), True),
        (("vLLM<0.11; python_version >= '3.8'",), False),
    ],
)
def test_a_finding_tells_whether_the_plugin_declares_the_release(
    requires: tuple[str, ...],
    declared: bool,
    tmp_path: Path,
) -> None:
    assert only(tmp_path, (HERE, GONE), USE, requires=requires).declared is declared


def test_findings_come_most_severe_first(tmp_path: Path) -> None:
    plugin = (
        "from vllm.utils import cdiv, _hidden\ndef register(): ...\n"
        "def later():\n    from vllm.utils import other\n"
    )
    engines = ("#: vllm/utils.py\ndef cdiv(): ...\n_hidden = other = 1\n", "#: vllm/utils.py\n_hidden = 1\n")
    found = judged(Row("", engines, plugin), tmp_path)
    assert [one.level for one in found] == [Level.ERROR, Level.WARNING, Level.ADVICE]


def test_where_no_release_is_asked_for_nothing_is_found(tmp_path: Path) -> None:
    assert judged(Row("", (HERE, GONE), USE), tmp_path, ">=2") == ()


def test_judging_some_releases_agrees_with_judging_all(tmp_path: Path) -> None:
    row = Row("", (GONE, HERE, GONE, HERE), USE)
    (whole,) = judged(row, tmp_path / "all")
    for position, release in enumerate(RELEASES):
        part = judged(row, tmp_path / str(position), f"=={release}")
        assert bool(part) is (release in whole.broken)
