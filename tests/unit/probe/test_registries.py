"""A registry is described anew when it may have changed, and only then as it is."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from plugin_matrix.probe.registries import REGISTRY, Registries, models, models_since


@dataclass(frozen=True)
class Lazy:
    module_name: str
    class_name: str


def lazy(name: str) -> SimpleNamespace:
    return SimpleNamespace(module_name="acme", class_name=name)


def keeps(_registry: dict[str, Any]) -> None:
    pass


def adds(registry: dict[str, Any]) -> None:
    registry["more"] = "acme:More"


def removes(registry: dict[str, Any]) -> None:
    del registry["first"]


def replaces(registry: dict[str, Any]) -> None:
    registry["first"] = Lazy("acme", "Other")


def renames(registry: dict[str, Any]) -> None:
    registry["other"] = registry.pop("second")


def changes_in_place(registry: dict[str, Any]) -> None:
    registry["second"].class_name = "Other"


@pytest.mark.parametrize(
    ("change", "second"),
    [
        *((change, Lazy("acme", "Second")) for change in (keeps, adds, removes, replaces, renames)),
        *((change, lazy("Second")) for change in (keeps, adds, changes_in_place)),
    ],
)
def test_a_second_description_is_what_a_first_one_would_be(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None], second: object
) -> None:
    registry = {"first": Lazy("acme", "First"), "second": second}
    owner = SimpleNamespace(resolvers=registry)
    monkeypatch.setitem(
        sys.modules,
        "vllm.lora.resolver",
        SimpleNamespace(LoRAResolverRegistry=owner),
    )
    registries = Registries()
    before = registries.describe()[REGISTRY]
    assert before == {"LoRA resolvers: first": "acme:First", "LoRA resolvers: second": "acme:Second"}
    change(registry)
    after = registries.describe()[REGISTRY]
    assert after == Registries().describe()[REGISTRY]
    assert (after == before) == (change is keeps)


def test_another_registry_with_the_same_content_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = SimpleNamespace(resolvers={"first": Lazy("acme", "First")})
    monkeypatch.setitem(
        sys.modules,
        "vllm.lora.resolver",
        SimpleNamespace(LoRAResolverRegistry=owner),
    )
    registries = Registries()
    before = registries.describe()
    owner.resolvers = dict(owner.resolvers)
    assert registries.describe() == before


def test_models_are_told_that_are_registered_for_something_else_than_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry: dict[str, Any] = {name: Lazy("vllm", name) for name in ("Kept", "Same", "Taken", "Gone")}
    module = SimpleNamespace(ModelRegistry=SimpleNamespace(models=registry))
    monkeypatch.setitem(sys.modules, "vllm.model_executor.models.registry", module)
    known = models()
    registry.update(Taken=Lazy("acme", "Taken"), New=Lazy("acme", "New"), Same=Lazy("vllm", "Same"))
    del registry["Gone"]
    assert models_since(known) == [("New", "acme:New", None), ("Taken", "acme:Taken", "vllm:Taken")]
    assert models_since(models()) == []
