"""Takes its model out of the registry in forked children."""

import os

from vllm import ModelRegistry

_done = []


def _forget():
    """Undo the registration, as a clean-up after fork that went too far."""
    ModelRegistry.models.pop("FixtureForgetsAfterForkForCausalLM", None)


def register():
    """Register once, and forget in every forked child."""
    if _done:
        return
    _done.append(True)
    ModelRegistry.register_model(
        "FixtureForgetsAfterForkForCausalLM", "fixture_forgets_after_fork.model:FixtureModel"
    )
    os.register_at_fork(after_in_child=_forget)
