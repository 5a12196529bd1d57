"""Methods that plugins wrap are there as on the release, though the reference engine does not run them."""

import json
from collections.abc import Callable

import pytest

LOOK = """
import importlib, json
found = {}
for path in (
    "vllm.entrypoints.llm:LLM.chat",
    "vllm.entrypoints.llm:LLM.enqueue_chat",
    "vllm.model_executor.layers.logits_processor:LogitsProcessor._get_logits",
    "vllm.v1.sample.rejection_sampler:RejectionSampler._get_logprobs_tensors",
    "vllm.v1.spec_decode.eagle:EagleProposer._greedy_sample",
    "vllm.v1.worker.gpu_model_runner:GPUModelRunner._dummy_sampler_run",
):
    module, _, qualname = path.partition(":")
    cls, method = qualname.split(".")
    found[qualname] = hasattr(getattr(importlib.import_module(module), cls), method)
print(json.dumps(found))
"""
CALL = """
import json
from vllm import LLM
from vllm._reference import not_modelled
original = LLM.chat
LLM.chat = lambda self, *args: original(self, *args)
try:
    LLM.chat(object.__new__(LLM), [])
except RuntimeError as error:
    print(json.dumps([str(error), not_modelled]))
"""


@pytest.mark.parametrize(
    ("release", "absent"),
    [
        ("0.13.0", {"LLM.enqueue_chat", "EagleProposer._greedy_sample"}),
        ("0.20.0", {"LLM.enqueue_chat"}),
        ("0.26.0", set()),
        ("0.33.0", set()),
    ],
)
def test_a_class_has_the_methods_of_its_release(
    release: str, absent: set[str], torch_python: str, run: Callable[..., str]
) -> None:
    found = json.loads(run(release, LOOK, python=torch_python).splitlines()[-1])
    assert {name for name, there in found.items() if not there} == absent


def test_calling_one_says_that_it_is_not_modelled(torch_python: str, run: Callable[..., str]) -> None:
    message, noted = json.loads(run("0.33.0", CALL, python=torch_python).splitlines()[-1])
    assert message == "the reference engine does not model vllm.entrypoints.llm.LLM.chat"
    assert noted == ["vllm.entrypoints.llm.LLM.chat"]
