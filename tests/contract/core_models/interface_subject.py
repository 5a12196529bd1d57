# ruff: noqa: ANN001, ANN002, ANN003, ANN201, T201 (subjects are as plain as plugins write them; the answer is printed)
"""Runs inside a release: checks thirteen model classes twice each and prints what came out as JSON.

torch is stood in for by a module with `nn.Module`, which is all that the checks ask of it.
"""

import json
import logging
import sys
import types

torch = types.ModuleType("torch")
torch.nn = types.ModuleType("torch.nn")
torch.nn.Module = type("Module", (), {})
torch.Tensor = type("Tensor", (), {})
sys.modules["torch"], sys.modules["torch.nn"] = torch, torch.nn


def new_init(self, *, vllm_config, prefix=""): ...
def old_init(self, config, cache_config=None, quant_config=None): ...
def kwargs_init(self, **kwargs): ...
def init_without_prefix(self, *, vllm_config): ...
def new_forward(self, input_ids, positions, intermediate_tensors=None, inputs_embeds=None): ...
def old_forward(self, input_ids, positions, kv_caches, attn_metadata, intermediate_tensors=None): ...
def wrong_forward(self, tokens, pos): ...
def any_forward(
    self,
    input_ids,
    positions,
    kv_caches=None,
    attn_metadata=None,
    intermediate_tensors=None,
    inputs_embeds=None,
): ...
def method(self, *args): ...


MODERN = {"__init__": new_init, "embed_input_ids": method, "forward": new_forward, "compute_logits": method}
ERA_011 = {
    "__init__": new_init,
    "get_input_embeddings": method,
    "forward": new_forward,
    "compute_logits": method,
}
ERA_07 = {**ERA_011, "forward": old_forward, "sample": method}
POOLING = {name: value for name, value in MODERN.items() if name != "compute_logits"}
SUBJECTS = {
    "modern(vllm_config,prefix;embed_input_ids;fwd new;compute_logits)": MODERN,
    "modern + sample": {**MODERN, "sample": method},
    "0.11.0-era: get_input_embeddings only": ERA_011,
    "no embedding method": {n: v for n, v in MODERN.items() if n != "embed_input_ids"},
    "0.7-era: kv_caches/attn_metadata + sample": ERA_07,
    "0.6.3-era: old init (config,cache_config,quant_config)": {**ERA_07, "__init__": old_init},
    "old init, otherwise modern": {**MODERN, "__init__": old_init},
    "**kwargs init": {**MODERN, "__init__": kwargs_init},
    "vllm_config without prefix": {**MODERN, "__init__": init_without_prefix},
    "forward with wrong names": {**MODERN, "forward": wrong_forward},
    "universal (all of it)": {
        **MODERN,
        "forward": any_forward,
        "sample": method,
        "get_input_embeddings": method,
    },
    "pooler method, no flag": {**POOLING, "pooler": method},
    "is_pooling_model flag + pooler attr": {**POOLING, "pooler": object(), "is_pooling_model": True},
}


class Kept(logging.Handler):
    def emit(self, record):
        self.kept.add((record.levelname.lower(), record.msg[:60]))


def observe(subject, interfaces, handler):
    handler.kept = set()
    made = type("Subject", (torch.nn.Module,), dict(subject))
    pools = getattr(interfaces, "is_pooling_model", None) or interfaces.is_embedding_model
    runs = [(interfaces.is_text_generation_model(made), pools(made)) for _ in range(2)]
    texts = [f"text={text} pool={pool}" for text, pool in runs]
    result = f"first {texts[0]}" + ("" if texts[0] == texts[1] else f" | 2nd {texts[1]}")
    return result + (f" warn={sorted(handler.kept)}" if handler.kept else "")


if __name__ == "__main__":
    from vllm.model_executor.models import interfaces_base

    logger = logging.getLogger("vllm")
    handler = Kept(level=logging.WARNING)
    logger.handlers, logger.propagate = [handler], False
    print(
        json.dumps({name: observe(subject, interfaces_base, handler) for name, subject in SUBJECTS.items()})
    )
