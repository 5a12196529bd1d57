import asyncio
from pathlib import Path

import pytest


def test_vllm_may_call_it_again(vllm_plugin):
    vllm_plugin.assert_reentrant("acme")


def test_it_is_left_alone_where_it_is_not_named(vllm_plugin):
    vllm_plugin.assert_filtered("acme")


def test_every_process_comes_to_the_same_registrations(vllm_plugin):
    vllm_plugin.assert_same_in_workers("acme")


def test_loading_it_registers_the_resolver_and_nothing_else(vllm_load):
    assert [change.subject for change in vllm_load("acme")] == ["LoRA resolvers: acme"]


@pytest.mark.vllm(">=0.31")  # as the requirement says; elsewhere it is skipped, with the reason
def test_an_adapter_is_found_by_its_name(vllm_load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    vllm_load("acme")
    from vllm.lora.resolver import LoRAResolverRegistry

    (tmp_path / "tiny").mkdir()
    monkeypatch.setenv("ACME_ADAPTERS", str(tmp_path))
    resolver = LoRAResolverRegistry.get_resolver("acme")
    assert asyncio.run(resolver.resolve_lora("model", "tiny")).lora_path == str(tmp_path / "tiny")
    assert asyncio.run(resolver.resolve_lora("model", "absent")) is None
