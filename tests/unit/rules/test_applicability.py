"""Which combinations are meant to work, told from metadata alone."""

import pytest
from packaging import tags
from packaging.specifiers import SpecifierSet

from plugin_matrix.model import EntryPoint, Plugin, Reason
from plugin_matrix.rules import applicability
from plugin_matrix.rules.requirements import contradict, requirements_on_vllm

from .seen import ENDPOINT, GENERAL, HISTORY, LOGITS, PLATFORM, cell, plugin

NATIVE = next(tags.cpython_tags((3, 11)))
OTHER_MACHINE = "cp311-cp311-manylinux_2_17_sparc64"


def _reasons(what: Plugin, release: str = "0.33.0", python: str = "3.11") -> set[Reason]:
    where = cell(release, python)
    return {reason.reason for reason in applicability(what, where.engine, where.platform, HISTORY)}


def _requires(*lines: str) -> Plugin:
    return plugin(GENERAL, requires_dist=lines)


@pytest.mark.parametrize(
    ("lines", "release", "declared"),
    [
        ((), "0.33.0", True),
        (("vllm",), "0.5.5", True),
        (("torch>=2",), "0.5.5", True),
        (("vllm>=0.9",), "0.8.5.post1", False),
        (("vllm>=0.9",), "0.9.0", True),
        (("vllm>=0.9,<0.11",), "0.11.0", False),
        (("vllm==0.6.4",), "0.6.4", True),
        (("vllm==0.6.4",), "0.6.4.post1", False),
        (("vllm==0.6.*",), "0.6.4.post1", True),
        (("vllm~=0.10.1",), "0.10.1.1", True),
        (("vllm~=0.10.1",), "0.11.0", False),
        (("vllm!=0.33.0",), "0.33.0", False),
        (("vllm>=0.33.0rc1",), "0.33.0", True),
        (("vllm>=0.34.0rc1",), "0.33.0", False),
        (("VLLM >= 0.34",), "0.33.0", False),
        (("vllm[audio]>=0.34",), "0.33.0", False),
        (("vllm>=0.34; extra == 'vllm'",), "0.33.0", True),
        (("vllm>=0.34; python_version < '3.10'",), "0.33.0", True),
        (("vllm>=0.34; python_version >= '3.11'",), "0.33.0", False),
        (("vllm>=0.34; sys_platform == 'darwin'",), "0.33.0", True),
        (("vllm @ https://example.com/vllm-9.whl",), "0.33.0", True),
        (("vllm-ascend>=2",), "0.33.0", True),
        (("vllm>=0.9", "vllm<0.12"), "0.12.0", False),
        (("vllm==",), "0.33.0", True),
        (("vllm>=0.9,<0.8",), "0.33.0", True),
    ],
)
def test_the_requirement_on_vllm_decides(lines: tuple[str, ...], release: str, *, declared: bool) -> None:
    assert (Reason.ENGINE_NOT_DECLARED not in _reasons(_requires(*lines), release)) is declared


@pytest.mark.parametrize(
    ("requires", "python", "fits"),
    [
        (None, "3.11", True),
        ("", "3.11", True),
        (">=3.9", "3.11", True),
        (">=3.12", "3.11", False),
        ("<3.11", "3.11", False),
        (">=3.11.4", "3.11", True),
        (">3.11", "3.11", True),
        ("==3.11.*", "3.11", True),
        ("!=3.11.*", "3.11", False),
        (">=3.10", "3.9", False),
        ("garbage", "3.11", True),
    ],
)
def test_requires_python_decides(requires: str | None, python: str, *, fits: bool) -> None:
    reasons = _reasons(plugin(GENERAL, requires_python=requires), "0.10.0", python)
    assert (Reason.PYTHON_NOT_DECLARED not in reasons) is fits


@pytest.mark.parametrize(
    ("wheel_tags", "fits"),
    [
        ((), True),
        (("py3-none-any",), True),
        (("py2.py3-none-any",), True),
        (("py2-none-any",), False),
        ((str(NATIVE),), True),
        (("cp39-abi3-" + NATIVE.platform,), True),
        (("cp312-abi3-" + NATIVE.platform,), False),
        (("cp312-cp312-" + NATIVE.platform,), False),
        ((OTHER_MACHINE,), False),
        (("cp311-cp311-win_amd64",), False),
        ((OTHER_MACHINE, "py3-none-any"), True),
    ],
)
def test_the_wheels_tags_decide(wheel_tags: tuple[str, ...], *, fits: bool) -> None:
    assert (Reason.WHEEL_TAG not in _reasons(plugin(GENERAL, wheel_tags=wheel_tags))) is fits


@pytest.mark.parametrize(
    ("release", "python", "supported"),
    [
        ("0.5.5", "3.9", True),
        ("0.11.0", "3.9", True),
        ("0.11.1", "3.9", False),
        ("0.32.0", "3.10", False),
        ("0.33.0", "3.11", True),
        ("0.10.0", "3.13", False),
    ],
)
def test_the_engines_own_python_decides(release: str, python: str, *, supported: bool) -> None:
    assert (Reason.ENGINE_PYTHON not in _reasons(plugin(GENERAL), release, python)) is supported


@pytest.mark.parametrize(
    ("points", "release", "read"),
    [
        ((GENERAL,), "0.5.5", True),
        ((PLATFORM,), "0.6.6.post1", False),
        ((PLATFORM,), "0.7.0", True),
        ((LOGITS, ENDPOINT), "0.10.0", False),
        ((LOGITS, ENDPOINT), "0.10.1", True),
        ((GENERAL, PLATFORM), "0.5.5", True),
        ((EntryPoint("vllm.general_plugin", "x", "x:y"),), "0.33.0", True),
        ((EntryPoint("vllm.general_plugin", "x", "x:y"), ENDPOINT), "0.5.5", True),
    ],
)
def test_a_release_that_reads_none_of_the_groups_is_not_meant(
    points: tuple[EntryPoint, ...], release: str, *, read: bool
) -> None:
    assert (Reason.GROUPS_NOT_READ not in _reasons(plugin(*points), release)) is read


def test_every_reason_is_told_in_words_of_the_plugin() -> None:
    what = plugin(
        PLATFORM, requires_dist=("vllm>=1",), requires_python=">=4", wheel_tags=("cp312-cp312-win_amd64",)
    )
    where = cell("0.6.5", "3.13")
    told = {one.reason: one.detail for one in applicability(what, where.engine, where.platform, HISTORY)}
    assert set(told) >= set(Reason) - {Reason.ENGINE_PYTHON, Reason.NO_DEVICE}
    assert told[Reason.ENGINE_NOT_DECLARED] == "acme==1.0 requires vllm>=1, which excludes 0.6.5."


BOUNDS = ("0.8", "0.8.0", "0.8.1", "0.8.0.post1", "0.9rc1", "0.9")
OPERATORS = ("<", "<=", ">", ">=", "==", "!=", "~=")
EVERY_VERSION = [
    *("0", "0.7.9", "0.8.dev0", "0.8rc1", "0.8", "0.8.0.post1.dev1", "0.8.0.post1", "0.8.0.post2", "0.8.0.1"),
    *("0.8.1.dev1", "0.8.1", "0.8.1.post1", "0.8.2", "0.9.dev1", "0.9rc1", "0.9rc2", "0.9", "0.9.0.post1"),
    *("0.9.1", "0.10", "1", "2"),
]


@pytest.mark.parametrize("left", BOUNDS)
@pytest.mark.parametrize("right", BOUNDS)
def test_requirements_contradict_each_other_just_when_no_version_fits(left: str, right: str) -> None:
    for one in OPERATORS:
        for other in OPERATORS:
            text = f"{one}{left},{other}{right}"
            known = any(SpecifierSet(text).contains(version, prereleases=True) for version in EVERY_VERSION)
            requirements = requirements_on_vllm(_requires(f"vllm{text}"), cell().platform)
            assert contradict(requirements) is not known, text
