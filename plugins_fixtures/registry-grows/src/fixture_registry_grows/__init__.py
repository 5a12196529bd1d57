"""Each call registers another architecture."""

import itertools

from vllm import ModelRegistry

_serial = itertools.count()


def register():
    """Register under a name that was never used before."""
    ModelRegistry.register_model(
        f"FixtureGrows{next(_serial)}ForCausalLM", "fixture_registry_grows.model:FixtureModel"
    )
