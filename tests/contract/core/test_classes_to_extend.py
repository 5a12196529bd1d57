"""Classes that connectors, schedulers and attention backends extend: there, and shaped as in the release."""

import json
from collections.abc import Callable
from typing import Any

import pytest

CONNECTOR = """
import inspect, json
from vllm.distributed.kv_transfer.kv_connector.v1.base import KVConnectorRole as Role
from vllm.distributed.kv_transfer.kv_connector.v1.base import KVConnectorBase_V1 as Base
parameters = list(inspect.signature(Base.__init__).parameters.values())[1:]
Mine = type("Mine", (Base,), {name: lambda self, *a, **k: None for name in Base.__abstractmethods__})
class Config: kv_transfer_config = "transfer"
made = Mine(*[Config, Role.WORKER, "caches"][:len(parameters)])
made.bind_connector_metadata("metadata")
print(json.dumps({
    "parameters": [p.name + ("" if p.default is p.empty else "?") for p in parameters],
    "abstract": sorted(Base.__abstractmethods__),
    "role": made.role.name, "metadata": made._get_connector_metadata(),
    "extra": [name for name in ("get_finished", "take_events", "shutdown") if hasattr(Base, name)],
}))
"""
ABSTRACT = [
    "build_connector_meta",
    "get_num_new_matched_tokens",
    "save_kv_layer",
    "start_load_kv",
    "update_state_after_alloc",
    "wait_for_layer_load",
    "wait_for_save",
]


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.8.5", {"parameters": ["vllm_config", "role"], "extra": []}),
        ("0.9.0", {"parameters": ["vllm_config", "role"], "extra": ["get_finished"]}),
        ("0.10.2", {"extra": ["get_finished", "take_events", "shutdown"]}),
        ("0.11.1", {"parameters": ["vllm_config", "role", "kv_cache_config?"]}),
        ("0.21.0", {"parameters": ["vllm_config", "role", "kv_cache_config"]}),
        ("0.33.0", {"parameters": ["vllm_config", "role", "kv_cache_config"]}),
    ],
)
def test_a_kv_connector_has_the_duties_of_the_release(
    release: str, expected: dict[str, Any], python: Callable[..., str]
) -> None:
    found = json.loads(python(release, CONNECTOR).splitlines()[-1])
    always = {"abstract": ABSTRACT, "role": "WORKER", "metadata": "metadata"}
    assert {key: found[key] for key in expected | always} == expected | always


SCHEDULER = """
import inspect, json
from vllm.v1.core.sched.interface import SchedulerInterface
from vllm.v1.core.sched.output import SchedulerOutput
from vllm.v1.core.sched.scheduler import Scheduler
import dataclasses
class Mine(Scheduler):
    def __init__(self): ...
    def get_num_unfinished_requests(self): return 1
try:
    SchedulerInterface()
except TypeError:
    refused = True
print(json.dumps({
    "refused": refused, "unfinished": Mine().has_unfinished_requests(),
    "abstract": sorted(SchedulerInterface.__abstractmethods__),
    "own": [name for name in ("schedule", "_free_request", "no_such") if hasattr(Scheduler, name)],
    "fields": len(dataclasses.fields(SchedulerOutput)),
}))
"""


@pytest.mark.parametrize(
    ("release", "joined", "fields"),
    [("0.8.2", set(), 11), ("0.10.0", {"shutdown"}, 12), ("0.33.0", {"shutdown", "pause_state"}, 25)],
)
def test_a_scheduler_can_be_extended(
    release: str, joined: set[str], fields: int, python: Callable[..., str]
) -> None:
    found = json.loads(python(release, SCHEDULER).splitlines()[-1])
    assert found["refused"]
    assert found["unfinished"]
    assert found["own"] == ["schedule", "_free_request"]
    assert found["fields"] == fields
    assert {"schedule", "update_from_output", "add_request", "finish_requests"} <= set(found["abstract"])
    assert {"shutdown", "pause_state"} & set(found["abstract"]) == joined


METADATA = """
import dataclasses, inspect, json
try:
    from vllm.v1.attention.backends.utils import AttentionMetadataBuilder, CommonAttentionMetadata
except ImportError:
    from vllm.v1.attention.backend import AttentionMetadataBuilder, CommonAttentionMetadata
fields = dataclasses.fields(CommonAttentionMetadata)
needed = [f.name for f in fields if f.default is dataclasses.MISSING]
made = CommonAttentionMetadata(**dict.fromkeys(needed, 1))
class Builder(AttentionMetadataBuilder[dict]):
    def build(self, *arguments, **keywords): return {}
    def __init__(self, *parts): super().__init__(*parts)
print(json.dumps({
    "needed": needed, "fields": len(fields), "home": CommonAttentionMetadata.__module__,
    "init": list(inspect.signature(AttentionMetadataBuilder.__init__).parameters)[1:],
    "abstract": sorted(AttentionMetadataBuilder.__abstractmethods__),
}))
"""
UTILS, BACKEND = "vllm.v1.attention.backends.utils", "vllm.v1.attention.backend"
FIVE = ["query_start_loc", "seq_lens", "num_reqs", "num_actual_tokens", "max_query_len"]
LAYERS = ["kv_cache_spec", "layer_names", "vllm_config", "device"]


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.9.2", {"needed": FIVE, "fields": 5, "home": UTILS, "abstract": ["build"]}),
        ("0.10.0", {"fields": 10, "home": UTILS, "init": ["kv_cache_spec", "vllm_config", "device"]}),
        ("0.11.0", {"fields": 15, "home": UTILS, "init": LAYERS, "abstract": ["__init__", "build"]}),
        ("0.13.0", {"fields": 18, "home": UTILS}),
        ("0.14.0", {"fields": 19, "home": BACKEND, "init": LAYERS}),
        ("0.33.0", {"fields": 26, "home": BACKEND, "init": LAYERS, "abstract": ["__init__", "build"]}),
    ],
)
def test_attention_metadata_has_the_fields_of_the_release(
    release: str, expected: dict[str, Any], python: Callable[..., str]
) -> None:
    found = json.loads(python(release, METADATA).splitlines()[-1])
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "bases"),
    [
        ("vllm.v1.metrics.loggers:StatLoggerBase", ["ABC"]),
        ("vllm.v1.sample.logits_processor.interface:LogitsProcessor", ["ABC"]),
        ("vllm.plugins.io_processors.interface:IOProcessor", ["ABC", "Generic"]),
    ],
)
def test_what_is_abstract_is_so_by_the_base_that_the_release_writes(
    name: str, bases: list[str], python: Callable[..., str]
) -> None:
    module, _, attribute = name.partition(":")
    source = (
        f"import json; from {module} import {attribute} as kind\n"
        "print(json.dumps([base.__name__ for base in kind.__mro__[1:-1]]))"
    )
    assert json.loads(python("0.33.0", source).splitlines()[-1]) == bases
