"""Texts that differ in the release alone are told once, and no others are taken together."""

import pytest

from plugin_matrix.model import Accelerator, Cell, Engine, EngineKind, Platform
from plugin_matrix.report.merging import merged_but_release, without_release


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vLLM 0.6.6 does not", "vLLM <release> does not"),
        ("excludes 0.6.6.", "excludes <release>."),
        ("(0.6.6, 0.6.6)", "(<release>, <release>)"),
        ("0.6.6.post1 and 10.6.6 and 0.6.61 and v0.6.6x", "0.6.6.post1 and 10.6.6 and 0.6.61 and v0.6.6x"),
        ("vllm-0.6.6", "vllm-<release>"),
        ("0x6x6", "0x6x6"),
    ],
)
def test_only_the_very_release_is_taken_out(text: str, expected: str) -> None:
    assert without_release(text, "0.6.6") == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            {"0.6.6": "0.6.6 lacks x", "0.7.0": "0.7.0 lacks x", "0.8.0": "0.8.0 lacks y"},
            {"<release> lacks x": ["0.6.6", "0.7.0"], "0.8.0 lacks y": ["0.8.0"]},
        ),
        (
            {"0.7.0": "gone since 0.7.0", "0.8.0": "gone since 0.7.0"},
            {"gone since 0.7.0": ["0.7.0", "0.8.0"]},
        ),
        (
            {"0.7.0": "gone since 0.7.0", "0.8.0": "gone since 0.8.0", "0.9.0": "gone since 0.7.0"},
            {"gone since 0.7.0": ["0.7.0", "0.9.0"], "gone since 0.8.0": ["0.8.0"]},
        ),
        ({"0.7.0": "<release>", "0.8.0": "0.8.0"}, {"<release>": ["0.7.0", "0.8.0"]}),
        ({"0.7.0": "a", "0.8.0": "b"}, {"a": ["0.7.0"], "b": ["0.8.0"]}),
    ],
)
def test_texts_are_merged_and_no_cell_is_lost(texts: dict[str, str], expected: dict[str, list[str]]) -> None:
    platform = Platform(Accelerator.CPU, "3.11")
    pairs = [
        (Cell("acme==1", Engine(EngineKind.REFERENCE, release), platform), text)
        for release, text in texts.items()
    ]
    together = merged_but_release(pairs, without_release)
    assert {text: [cell.engine.release for cell in cells] for text, cells in together.items()} == expected
