"""Takes its LoRA resolver out of the registry in forked children."""

import os
import threading

NAME = "fixture-forgets-after-fork"
_lock = threading.Lock()
_done = []


def _forget():
    """Undo the registration, as a clean-up after fork that went too far."""
    from vllm.lora.resolver import LoRAResolverRegistry

    LoRAResolverRegistry.resolvers.pop(NAME, None)


def register():
    """Register once, and forget in every forked child."""
    from vllm.lora.resolver import LoRAResolverRegistry

    from fixture_forgets_after_fork.resolver import FixtureResolver

    with _lock:
        if not _done:
            _done.append(True)
            LoRAResolverRegistry.register_resolver(NAME, FixtureResolver())
            os.register_at_fork(after_in_child=_forget)
