"""Base classes have exactly the members and signatures of each release, and do what the real bodies do."""

import inspect
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from plugin_matrix.engines.history import InterfaceHistory

COVERING = InterfaceHistory.load().covering_set()

DUMP = """
import importlib, inspect, json, sys
classes = json.loads(sys.stdin.read())
def unwrapped(value):
    value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    return inspect.unwrap(value)
result = {}
for name, home in classes.items():
    found = getattr(importlib.import_module(home[0]), home[1])
    members = {}
    for member, value in vars(found).items():
        function = unwrapped(value)
        if inspect.isfunction(function):
            parameters = inspect.signature(function).parameters.values()
            decorated = type(value).__name__ if not inspect.isfunction(value) else ""
            members[member] = [
                decorated,
                bool(getattr(value, "__isabstractmethod__", False)),
                [[p.name, p.kind.name, "" if p.default is p.empty else repr(p.default)] for p in parameters],
            ]
    result[name] = members
print(json.dumps(result))
"""


def told(signature: str, decorators: str) -> list[Any]:
    """The same facts read from the data."""
    scope: dict[str, Any] = {}
    exec(f"from __future__ import annotations\ndef f{signature}: pass", scope)  # noqa: S102 (our own data)
    parameters = inspect.signature(scope["f"]).parameters.values()
    kinds = {"classmethod", "staticmethod", "property"} & set(decorators.split(","))
    return [
        next(iter(kinds), ""),
        "abstractmethod" in decorators,
        [[p.name, p.kind.name, "" if p.default is p.empty else repr(p.default)] for p in parameters],
    ]


@pytest.mark.parametrize("release", COVERING)
def test_members_and_signatures_are_the_releases(
    release: str, python: Callable[..., str], release_tree: ModuleType
) -> None:
    classes = release_tree.release_facts(release)["classes"]
    wanted = {
        name: classes[name] for name in ("Platform", "AttentionBackend", "LoRAResolver") if name in classes
    }
    homes = {name: [facts["module"], name] for name, facts in wanted.items()}
    seen = json.loads(python(release, DUMP, given=json.dumps(homes)))
    expected = {
        name: {
            member: told(signature, decorators)
            for member, (signature, decorators, body) in facts["members"].items()
            if body != "attr" and "lru_cache" not in decorators
        }
        for name, facts in wanted.items()
    }
    assert seen == expected


@pytest.mark.parametrize(
    ("release", "code", "printed"),
    [
        ("0.6.6.post1", "print(hasattr(Platform(), 'get_attn_backend_cls'))", "False"),
        ("0.7.0", "print(hasattr(Platform(), 'get_attn_backend_cls'))", "True"),
        ("0.8.4", "print(hasattr(Platform(), 'no_such_thing'))", "False"),
        ("0.10.2", "print(Platform.is_async_output_supported)", "<bound method"),
        ("0.11.0", "print(hasattr(Platform, 'is_async_output_supported'))", "False"),
        ("0.7.0", "print(repr(Platform.get_attn_backend_cls(1, 2, 3, 4, 5, 6)))", "''"),
        (
            "0.33.0",
            "print(repr(Platform.get_attn_backend_cls(1, attn_selector_config=2, num_heads=3)))",
            "''",
        ),
        ("0.33.0", "print(Platform.has_device_capability((9, 0)), Platform.use_all_gather())", "False True"),
        ("0.33.0", "print(PlatformEnum.OOT.name, hasattr(PlatformEnum, 'HPU'))", "OOT False"),
        ("0.6.6.post1", "print(hasattr(PlatformEnum, 'OOT'), PlatformEnum.HPU.name)", "False HPU"),
        (
            "0.33.0",
            "print(DeviceCapability(9, 0).to_int(), DeviceCapability(8, 9) < DeviceCapability(9, 0))",
            "90 True",
        ),
    ],
)
def test_platforms_answer_as_the_release_does(
    release: str, code: str, printed: str, python: Callable[..., str]
) -> None:
    head = "from vllm.platforms.interface import *\n"
    assert python(release, head + code).startswith(printed)


@pytest.mark.parametrize(
    ("release", "call", "raised"),
    [
        ("0.7.0", "Platform.get_attn_backend_cls(1, 2, 3, 4, 5, 6, 7)", "TypeError"),
        ("0.7.1", "Platform.get_attn_backend_cls(1, 2, 3, 4, 5, 6)", "TypeError"),
        ("0.10.0", "Platform.set_device(0)", "NotImplementedError"),
        ("0.33.0", "Platform.get_device_name()", "NotImplementedError"),
        ("0.33.0", "Platform().__no_such_dunder__", "AttributeError"),
        ("0.33.0", "Platform.get_default_ir_op_priority(None)", "NotImplementedError"),
    ],
)
def test_what_the_release_refuses_raises(
    release: str, call: str, raised: str, python: Callable[..., str]
) -> None:
    code = f"""
from vllm.platforms.interface import Platform
try:
    {call}
except Exception as error:
    print(type(error).__name__)
"""
    assert python(release, code).strip() == raised


def test_a_body_that_is_not_modelled_is_recorded(python: Callable[..., str]) -> None:
    code = """
import vllm._reference as reference
from vllm.platforms.interface import Platform
try:
    Platform.get_default_ir_op_priority(None)
except NotImplementedError:
    print(reference.not_modelled)
"""
    assert python("0.33.0", code).strip() == "['Platform.get_default_ir_op_priority']"
