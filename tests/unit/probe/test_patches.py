"""What is patched is seen each time it is looked for, whatever was seen before."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from plugin_matrix.probe.origin import Origins
from plugin_matrix.probe.patches import Patches

OWN = Origins((str(Path(__file__).parent),), frozenset({"test_patches"}))
"""These tests are the plugin."""
MODULE = "vllm.acme_patched"
SOURCE = """
class Kind:
    def method(self): pass
class Single:
    def method(self): pass
single = Single()
def function(): pass
"""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = ModuleType(MODULE)
    exec(SOURCE, vars(made))  # noqa: S102 - our own text
    monkeypatch.setitem(sys.modules, MODULE, made)
    return made


def foreign() -> None:
    pass


def of_function(module: Any) -> None:
    module.function = foreign


def of_class(module: Any) -> None:
    module.Kind.method = foreign


def of_instance(module: Any) -> None:
    module.single.method = foreign


def of_instance_as_a_whole(module: Any) -> None:
    module.single.__dict__ = {"method": foreign}


PATCHES = {
    of_function: ":function",
    of_class: ":Kind.method",
    of_instance: ":single.method",
    of_instance_as_a_whole: ":single.method",
}


@pytest.mark.parametrize(("patch", "path"), PATCHES.items())
def test_a_patch_is_seen_after_nothing_was(module: Any, patch: Callable[[Any], None], path: str) -> None:
    patches = Patches(OWN)
    assert not ours(patches)
    assert not ours(patches)
    patch(module)
    assert ours(patches) == {f"{MODULE}{path}"}
    assert ours(patches) == {f"{MODULE}{path}"}


def test_a_patch_that_was_taken_back_is_none_and_may_come_again(module: Any) -> None:
    patches = Patches(OWN)
    original = module.Kind.method
    for _ in range(2):
        module.Kind.method = foreign
        assert ours(patches) == {f"{MODULE}:Kind.method"}
        module.Kind.method = original
        assert not ours(patches)


def test_what_came_later_is_none_and_a_patch_beside_it_is_seen(module: Any) -> None:
    patches = Patches(OWN)
    module.data = SimpleNamespace()
    assert not ours(patches)
    module.function = foreign
    assert ours(patches) == {f"{MODULE}:function"}


def test_only_the_plugins_own_function_is_a_patch_where_nothing_was(module: Any) -> None:
    patches = Patches(OWN)
    module.Later = type("Later", (), {"__module__": MODULE})
    assert not ours(patches)
    module.Later.method = json.dumps
    assert not ours(patches)
    module.Later.method = foreign
    assert ours(patches) == {f"{MODULE}:Later.method"}


def ours(patches: Patches) -> set[str]:
    return {path for path in patches.describe() if path.startswith(MODULE)}
