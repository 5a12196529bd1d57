"""The interface history answers what a release offers plugins."""

import itertools
import json
import shutil
from pathlib import Path

import pytest
from packaging.version import Version

from plugin_matrix.engines.history import InterfaceHistory, core_directory
from plugin_matrix.errors import EngineError, ExitCode, UnknownEngineError


@pytest.fixture(scope="module")
def history() -> InterfaceHistory:
    return InterfaceHistory.load()


def test_releases_run_from_the_first_with_plugins_to_the_newest_in_order(history: InterfaceHistory) -> None:
    assert (history.releases[0], history.releases[-1], len(history.releases)) == ("0.5.5", "0.33.0", 67)
    assert list(history.releases) == sorted(history.releases, key=Version)


@pytest.mark.parametrize(
    ("release", "groups"),
    [
        ("0.6.6.post1", {"general"}),
        ("0.7.0", {"general", "platform"}),
        ("0.10.1", {"general", "platform", "logits"}),
        ("0.10.2", {"general", "platform", "logits", "io"}),
        ("0.11.1", {"general", "platform", "logits", "io", "stat"}),
        ("0.25.1", {"general", "platform", "logits", "io", "stat"}),
        ("0.26.0", {"general", "platform", "logits", "io", "stat", "endpoint"}),
    ],
)
def test_groups_join_release_by_release(release: str, groups: set[str], history: InterfaceHistory) -> None:
    names = {
        "general": "vllm.general_plugins",
        "platform": "vllm.platform_plugins",
        "logits": "vllm.logits_processors",
        "io": "vllm.io_processor_plugins",
        "stat": "vllm.stat_logger_plugins",
        "endpoint": "vllm.endpoint_plugins",
    }
    assert history.groups_at(release) == {names[group] for group in groups}


def test_a_group_knows_its_first_release(history: InterfaceHistory) -> None:
    assert history.group_since("vllm.endpoint_plugins") == "0.26.0"
    assert history.group_since("vllm.no_such_group") is None


@pytest.mark.parametrize(
    ("release", "module", "exists"),
    [
        ("0.11.0", "vllm.worker.worker_base", True),
        ("0.11.1", "vllm.worker.worker_base", False),
        ("0.15.1", "vllm.attention.layer", True),
        ("0.16.0", "vllm.attention.layer", False),
        ("0.33.0", "vllm", True),
        ("0.33.0", "vllm._version", True),
        ("0.33.0", "vllm.no_such", False),
    ],
)
def test_modules_come_and_go(release: str, module: str, *, exists: bool, history: InterfaceHistory) -> None:
    assert history.module_exists(release, module) is exists


@pytest.mark.parametrize(
    ("release", "module", "name", "exists"),
    [
        ("0.11.0", "vllm.platforms.interface", "_Backend", True),
        ("0.11.1", "vllm.platforms.interface", "_Backend", False),
        ("0.33.0", "vllm", "LLM", True),
        ("0.33.0", "vllm", "PromptInputs", False),
        ("0.33.0", "vllm.platforms", "current_platform", True),
        ("0.33.0", "vllm.platforms", "cuda", True),
        ("0.33.0", "vllm.platforms", "hpu", False),
        ("0.33.0", "vllm.worker", "anything", False),
        ("0.33.0", "vllm.third_party.pynvml", "anything", None),
    ],
)
def test_names_exist_or_not_or_are_not_known(
    release: str, module: str, name: str, *, exists: bool | None, history: InterfaceHistory
) -> None:
    assert history.name_exists(release, module, name) is exists


@pytest.mark.parametrize(
    ("release", "class_name", "member", "exists"),
    [
        ("0.13.0", "LogitsProcessor", "_get_logits", True),
        ("0.33.0", "LogitsProcessor", "invented", False),
        ("0.10.2", "Platform", "supports_v1", True),
        ("0.33.0", "Platform", "supports_v1", False),
        ("0.33.0", "CpuPlatform", "simple_compile_backend", True),  # inherited
        ("0.33.0", "CpuPlatform", "invented", False),
        ("0.13.0", "VllmConfig", "watermark_config", False),
        ("0.33.0", "VllmConfig", "watermark_config", True),
        ("0.33.0", "LLM", "chat", True),
        ("0.33.0", "LLM", "encode", None),  # of a base that is not indexed
        ("0.33.0", "NoSuchClass", "anything", None),
    ],
)
def test_members_exist_inherited_ones_included(
    release: str, class_name: str, member: str, *, exists: bool | None, history: InterfaceHistory
) -> None:
    assert history.member_exists(release, class_name, member) is exists


@pytest.mark.parametrize(
    ("release", "function", "parameter", "exists"),
    [
        ("0.33.0", "LogitsProcessor.__init__", "vocab_size", True),
        ("0.33.0", "LogitsProcessor.__init__", "invented", False),
        ("0.8.4", "NewRequestData.__init__", "prompt", True),  # a field of a dataclass
        ("0.8.5", "NewRequestData.__init__", "prompt", False),
        ("0.33.0", "get_attn_backend", "invented", False),
        ("0.33.0", "no_such_function", "anything", None),
    ],
)
def test_parameters_are_taken_or_not_or_are_not_known(
    release: str, function: str, parameter: str, *, exists: bool | None, history: InterfaceHistory
) -> None:
    assert history.parameter_exists(release, function, parameter) is exists


@pytest.mark.parametrize(
    ("release", "architecture", "exists"),
    [
        ("0.10.2", "BartForConditionalGeneration", True),
        ("0.11.0", "BartForConditionalGeneration", False),
        ("0.8.3", "Llama4ForCausalLM", True),
        ("0.8.4", "Llama4ForCausalLM", False),
        ("0.10.1", "Llama4ForCausalLM", True),
        ("0.33.0", "NoSuchForCausalLM", False),
    ],
)
def test_architectures_come_and_go(
    release: str, architecture: str, *, exists: bool, history: InterfaceHistory
) -> None:
    assert history.has_architecture(release, architecture) is exists


@pytest.mark.parametrize(
    ("release", "stand_in"),
    [
        ("0.12.0", "0.12.0"),
        ("0.9.0rc1", "0.8.5.post1"),
        ("0.33.1.dev7+gabc", "0.33.0"),
        ("1.0", "0.33.0"),
        ("0.1", "0.5.3"),
    ],
)
def test_a_release_that_is_not_known_is_taken_for_the_one_before(
    release: str, stand_in: str, history: InterfaceHistory
) -> None:
    assert history.stand_in(release) == stand_in


@pytest.mark.parametrize(
    ("release", "dimension", "value"),
    [
        ("0.6.4.post1", "once_per_process_flag", "absent"),
        ("0.6.5", "once_per_process_flag", "set-before-loading"),
        ("0.5.5", "io_processor", ""),
        ("0.12.0", "get_attn_backend_cls", "keywords-use_v1-adapter"),
        ("0.33.0", "platform_plugin_raises", "warning"),
    ],
)
def test_a_dimension_keeps_its_value_until_its_next_step(
    release: str, dimension: str, value: str, history: InterfaceHistory
) -> None:
    assert history.value(release, dimension) == value


def test_every_dimension_has_ordered_steps_with_different_values(history: InterfaceHistory) -> None:
    order = list(history.release_facts)
    assert len(history.dimensions) == 48
    assert sum(dimension.core for dimension in history.dimensions.values()) == 27
    for name, dimension in history.dimensions.items():
        positions = [order.index(step.since) for step in dimension.steps]
        assert positions == sorted(set(positions)), name
        values = [step.value for step in dimension.steps]
        assert all(a != b for a, b in itertools.pairwise(values)), name


def test_every_step_that_is_no_absence_has_a_source(history: InterfaceHistory) -> None:
    first = next(iter(history.release_facts))
    missing = {
        (name, step.since)
        for name, dimension in history.dimensions.items()
        for step in dimension.steps
        if not step.source and step.since != first
    }
    assert missing == set()


@pytest.mark.parametrize("core", [True, False])
@pytest.mark.parametrize("since", ["0.5.5", "0.7.0", "0.9.0", "0.11.0"])
def test_the_covering_set_shows_every_value_from_its_start(
    *, core: bool, since: str, history: InterfaceHistory
) -> None:
    chosen = history.covering_set(core=core, since=since)
    later = [release for release in history.releases if history.at_least(release, since)]
    for name, dimension in history.dimensions.items():
        if dimension.core or not core:
            shown = {history.value(release, name) for release in chosen}
            assert shown == {history.value(release, name) for release in later}, name
    assert len(chosen) < len(later) / 2


@pytest.mark.parametrize(
    ("name", "release"),
    [("0.33.0", "0.33.0"), ("0.33", "0.33.0"), ("v0.9.0", "0.9.0"), ("0.6.4-1", "0.6.4.post1")],
)
def test_a_release_is_found_by_any_spelling(name: str, release: str, history: InterfaceHistory) -> None:
    assert history.resolve(name) == release


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("0.34.0", "0.33.0"),
        ("0.10.3", "0.10.2"),
        ("nonsense", "0.33.0"),
    ],
)
def test_an_unknown_release_is_refused_with_near_ones(
    name: str, suggested: str, history: InterfaceHistory
) -> None:
    with pytest.raises(UnknownEngineError, match=rf"{name!r}.*Did you mean .*{suggested}") as caught:
        history.resolve(name)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("name", ["0.5.4", "0.4", "0.5.3.post1"])
def test_a_release_before_there_were_plugins_is_told_to_be_one(name: str, history: InterfaceHistory) -> None:
    with pytest.raises(UnknownEngineError, match=rf"vLLM {name} has no plugins: 0\.5\.5 is the first"):
        history.resolve(name)


def test_data_that_cannot_be_read_is_an_engine_error(tmp_path: Path) -> None:
    shutil.copyfile(core_directory() / "interface_history.toml", tmp_path / "interface_history.toml")
    (tmp_path / "modules.json").write_text(json.dumps({"vllm": 3}), "utf-8")
    with pytest.raises(EngineError, match="cannot be read"):
        InterfaceHistory(tmp_path)
