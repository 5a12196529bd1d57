"""The selector asks a platform for its attention backend with exactly the release's arguments."""

import json
from collections.abc import Callable

import pytest

ASK = """
import importlib, json, sys
import vllm.platforms
from vllm._reference import at_least
home = "vllm.v1.attention" if at_least("0.14.0") else "vllm.attention"
selector = importlib.import_module(home + ".selector")
if at_least("0.13.0"):
    import types
    config = types.ModuleType("vllm.config")
    config.get_current_vllm_config = lambda: types.SimpleNamespace(attention_config=None)
    sys.modules["vllm.config"] = config
asked = []
class Mine(vllm.platforms.Platform):
    device_name = "mine"
    @classmethod
    def get_attn_backend_cls(cls, SIGNATURE):
        asked.append(locals())
        return "collections.OrderedDict"
vllm.platforms.current_platform = Mine()
given = dict(head_size=64, dtype="dtype", kv_cache_dtype="auto")
if not at_least("0.18.0"):
    given["block_size"] = 16
if not at_least("0.10.1"):
    given["is_attention_free"] = False
try:
    found = selector.get_attn_backend(**given)
except TypeError as error:
    print(json.dumps("TypeError"))
else:
    names = {k: str(v) for k, v in asked[0].items() if k not in ("cls", "__class__")}
    print(json.dumps([found.__name__, names]))
"""

SIX = "selected_backend, head_size, dtype, kv_cache_dtype, block_size, use_v1"
ACCEPTED = {
    "0.7.0": (SIX, [*SIX.split(", ")]),
    "0.7.1": (f"{SIX}, use_mla", ["use_mla"]),
    "0.10.0": (f"{SIX}, use_mla", ["use_mla"]),
    "0.10.1": (f"{SIX}, use_mla, has_sink", ["has_sink"]),
    "0.11.0": (f"{SIX}, use_mla, has_sink, use_sparse", ["use_sparse"]),
    "0.11.1": ("a, b, c, d, e, use_mla, has_sink, use_sparse, attn_type", ["attn_type"]),
    "0.12.0": (f"{SIX}, use_mla, has_sink, use_sparse, attn_type", ["use_v1", "attn_type"]),
    "0.13.0": ("selected_backend, attn_selector_config", ["attn_selector_config"]),
    "0.16.0": ("selected_backend, attn_selector_config", ["attn_selector_config"]),
    "0.17.0": ("selected_backend, attn_selector_config, num_heads", ["num_heads"]),
    "0.33.0": ("selected_backend, attn_selector_config, num_heads=None", ["num_heads"]),
}
REFUSED = {
    "0.7.0": f"{SIX}, use_mla",
    "0.7.1": SIX,
    "0.10.1": f"{SIX}, use_mla",
    "0.11.0": f"{SIX}, use_mla, has_sink",
    "0.13.0": "a, b, c, d, e, use_mla, has_sink, use_sparse, attn_type",
    "0.17.0": "selected_backend, attn_selector_config",
    "0.33.0": "selected_backend, config, num_heads=None",
}


@pytest.mark.parametrize("release", ACCEPTED)
def test_a_platform_with_the_releases_signature_is_asked(release: str, python: Callable[..., str]) -> None:
    signature, names = ACCEPTED[release]
    answer = python(release, ASK.replace("SIGNATURE", signature)).strip().splitlines()[-1]
    backend, seen = json.loads(answer)
    assert backend == "OrderedDict"
    assert set(names) <= set(seen)


@pytest.mark.parametrize("release", REFUSED)
def test_a_platform_with_another_releases_signature_breaks(release: str, python: Callable[..., str]) -> None:
    assert (
        json.loads(python(release, ASK.replace("SIGNATURE", REFUSED[release])).splitlines()[-1])
        == "TypeError"
    )


@pytest.mark.parametrize(("release", "fields"), [("0.13.0", 9), ("0.17.0", 10), ("0.33.0", 18)])
def test_the_selectors_configuration_has_the_releases_fields(
    release: str, fields: int, python: Callable[..., str]
) -> None:
    home = "vllm.attention" if release == "0.13.0" else "vllm.v1.attention"
    code = f"from {home}.selector import AttentionSelectorConfig as C; print(len(C._fields))"
    assert int(python(release, code)) == fields


@pytest.mark.parametrize(
    ("release", "call", "printed"),
    [
        (
            "0.11.1",
            "register_backend(E.CUSTOM, 'collections.OrderedDict'); print(E.CUSTOM.get_class().__name__)",
            "OrderedDict",
        ),
        ("0.12.0", "register_backend(E.CUSTOM, False, 'a.B'); print(E.CUSTOM.get_path())", "a.B"),
        # The trap of 0.12.0 and 0.13.0: the path lands in is_mamba, and nothing is registered.
        ("0.12.0", "register_backend(E.CUSTOM, 'a.B'); print(E.CUSTOM.is_overridden())", "False"),
        ("0.13.0", "register_backend(E.CUSTOM, 'a.B'); print(E.CUSTOM.is_overridden())", "False"),
        ("0.13.0", "register_backend(E.CUSTOM, class_path='a.B'); print(E.CUSTOM.get_path())", "a.B"),
        ("0.14.0", "register_backend(E.CUSTOM, 'a.B'); print(E.CUSTOM.get_path())", "a.B"),
        ("0.14.0", "register_backend(E.CUSTOM)(dict); print(E.CUSTOM.get_path())", "builtins.dict"),
        ("0.31.0", "print('MINE' in E.__members__, hasattr(E, 'register'))", "False False"),
        ("0.32.0", "register_backend('MINE', 'a.B'); print(E.MINE.get_path(), E['MINE'].name)", "a.B MINE"),
        (
            "0.33.0",
            "print(E.CPU_ATTN.is_overridden(), E.CPU_ATTN.get_path(False))",
            "False vllm.v1.attention.backends.cpu_attn",
        ),
    ],
)
def test_backends_are_registered_by_the_releases_signature(
    release: str, call: str, printed: str, python: Callable[..., str]
) -> None:
    home = "vllm.attention" if release in ("0.11.1", "0.12.0", "0.13.0") else "vllm.v1.attention"
    head = f"from {home}.backends.registry import AttentionBackendEnum as E, register_backend\n"
    assert python(release, head + call).strip().splitlines()[-1] == printed
