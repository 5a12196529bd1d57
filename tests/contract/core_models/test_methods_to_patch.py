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


HEAD = """
import torch
from vllm.model_executor.layers.logits_processor import LogitsProcessor
class Head:
    class quant_method:
        apply = staticmethod(lambda head, hidden_states, bias: hidden_states)
given = []
original = LogitsProcessor._get_logits
def patched(self, *args, **kwargs):
    given.append([len(args), sorted(kwargs)])
    return original(self, *args, **kwargs)
LogitsProcessor._get_logits = patched
logits = LogitsProcessor(3, scale=2.0)(Head, torch.ones(1, 4))
print(given, logits.tolist())
"""


@pytest.mark.parametrize(
    ("release", "positional"), [("0.13.0", 3), ("0.28.0", 3), ("0.29.0", 4), ("0.33.0", 4)]
)
def test_the_method_behind_the_output_head_is_called_as_the_release_calls_it(
    release: str, positional: int, torch_python: str, run: Callable[..., str]
) -> None:
    # vllm/model_executor/layers/logits_processor.py:68 (0.13.0), :109 (0.33.0)
    printed = run(release, HEAD, python=torch_python).splitlines()[-1]
    assert printed == f"[[{positional}, []]] [[2.0, 2.0, 2.0]]"
