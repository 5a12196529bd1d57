"""What each release asks of models is read off the interface history; every value of that is understood."""

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model.signature import Kind, Parameter, Signature
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.rules.static.model_interface import ModelInterface, model_interfaces

HISTORY = InterfaceHistory.load()


def interface(release: str) -> ModelInterface:
    ((_, found),) = model_interfaces(release_axis([release]), HISTORY)
    return found


def signature(*names: str, only: bool = False) -> Signature:
    kind = Kind.KEYWORD_ONLY if only else Kind.POSITIONAL_OR_KEYWORD
    return Signature(
        tuple(Parameter(name.rstrip("="), kind, has_default=name.endswith("=")) for name in names)
    )


def test_every_value_of_the_history_is_understood() -> None:
    axis = release_axis(HISTORY.releases)
    seen = 0
    for mask, found in model_interfaces(axis, HISTORY):
        assert found.check is None or found.check.members[0] == ("compute_logits",)
        assert found.forward_calls()
        assert found.logits_call().positional in {1, 2}
        seen |= mask
    assert seen == axis.all


@pytest.mark.parametrize(
    ("release", "constructor", "forward", "members"),
    [
        ("0.6.4", ("vllm_config",), 4, "compute_logits sample"),
        ("0.7.3", ("vllm_config",), 4, "compute_logits sample"),
        ("0.8.4", ("vllm_config",), 2, "compute_logits sample"),
        ("0.8.5", ("vllm_config",), 2, "compute_logits"),
        ("0.11.0", ("vllm_config",), 2, "compute_logits"),
        ("0.11.1", ("vllm_config",), 2, "compute_logits embed_input_ids"),
        ("0.12.0", ("vllm_config",), 2, "compute_logits embed_input_ids|get_input_embeddings"),
        ("0.13.0", ("vllm_config",), 2, "compute_logits embed_input_ids"),
        ("0.33.0", ("vllm_config",), 2, "compute_logits embed_input_ids"),
        ("0.34.0.dev1", ("vllm_config",), 2, "compute_logits embed_input_ids"),
    ],
)
def test_a_release_asks_for(release: str, constructor: tuple[str, ...], forward: int, members: str) -> None:
    check = interface(release).check
    assert check is not None
    told = " ".join("|".join(alternatives) for alternatives in check.members)
    assert (check.constructor, len(check.forward), told) == (constructor, forward, members)


@pytest.mark.parametrize("release", ["0.5.5", "0.6.2", "0.6.3", "0.6.3.post1"])
def test_a_release_that_does_not_heed_its_check_asks_for_nothing(release: str) -> None:
    assert interface(release).check is None


CONFIGS = ("config", "cache_config=", "quant_config=")


@pytest.mark.parametrize(
    ("release", "constructor", "reason"),
    [
        ("0.6.3", signature(*CONFIGS), None),
        ("0.6.3", signature(*CONFIGS, "lora_config"), None),
        ("0.6.3", signature("vllm_config", "prefix="), "got an unexpected keyword argument 'config'"),
        ("0.6.4", signature("vllm_config", "prefix=", only=True), None),
        ("0.6.4", signature("vllm_config", "prefix="), "vllm_config and prefix have to be keyword-only"),
        ("0.6.4.post1", signature("vllm_config", "prefix="), None),
        ("0.33.0", signature("vllm_config", "prefix="), None),
        ("0.33.0", signature("vllm_config", "prefix", "x"), "missing 1 required argument: 'x'"),
        ("0.33.0", signature(*CONFIGS), None),
        ("0.33.0", signature("config", "x"), "missing 1 required argument: 'x'"),
        ("0.33.0", signature(), None),
    ],
)
def test_a_constructor_is_called_as_the_release_does(
    release: str, constructor: Signature, reason: str | None
) -> None:
    assert interface(release).refuses_constructor(constructor) == reason


@pytest.mark.parametrize(
    "constructor",
    [
        signature("vllm_config"),
        signature("vllm_config="),
        Signature((Parameter("kwargs", Kind.VAR_KEYWORD),)),
    ],
)
def test_a_constructor_that_does_not_name_both_is_given_nothing(constructor: Signature) -> None:
    reason = interface("0.33.0").refuses_constructor(constructor)
    assert reason is not None
    assert "passes nothing" in reason
