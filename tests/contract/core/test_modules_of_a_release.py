"""Each release's engine has the modules and names of that release, and says what it does not model."""

from collections.abc import Callable
from types import ModuleType

import pytest

from plugin_matrix.engines.history import InterfaceHistory

IMPORTS = [
    # release, statement, what it raises ("" for nothing), what is recorded as not modelled
    ("0.33.0", "from vllm.platforms import current_platform", "", []),
    ("0.11.0", "from vllm.platforms.interface import _Backend", "", []),
    ("0.11.1", "from vllm.platforms.interface import _Backend", "ImportError", []),
    ("0.11.1", "from vllm.attention.backends.registry import _Backend, AttentionBackendEnum", "", []),
    ("0.13.0", "from vllm.attention.backends.registry import AttentionBackendEnum", "", []),
    ("0.13.0", "from vllm.attention.backends.registry import _Backend", "ImportError", []),
    (
        "0.14.0",
        "from vllm.attention.backends.registry import AttentionBackendEnum",
        "ModuleNotFoundError",
        [],
    ),
    ("0.14.0", "from vllm.v1.attention.backends.registry import AttentionBackendEnum", "", []),
    ("0.13.0", "from vllm.v1.attention.backend import AttentionBackend", "ModuleNotFoundError", []),
    ("0.6.6.post1", "from vllm.plugins import load_plugins_by_group", "ImportError", []),
    ("0.7.0", "from vllm.plugins import load_plugins_by_group", "", []),
    ("0.9.0", "from vllm.plugins import DEFAULT_PLUGINS_GROUP", "ImportError", []),
    ("0.9.1", "from vllm.plugins import DEFAULT_PLUGINS_GROUP", "", []),
    ("0.25.1", "from vllm.plugins import load_endpoint_plugins", "ImportError", []),
    ("0.26.0", "from vllm.plugins import load_endpoint_plugins", "", []),
    ("0.8.4", "import vllm.lora.resolver", "ModuleNotFoundError", []),
    ("0.8.5", "from vllm.lora.resolver import LoRAResolver, LoRAResolverRegistry", "", []),
    ("0.11.0", "from vllm.utils import resolve_obj_by_qualname, cdiv", "", []),
    ("0.11.1", "from vllm.utils import resolve_obj_by_qualname", "ImportError", []),
    ("0.11.1", "from vllm.utils.import_utils import resolve_obj_by_qualname", "", []),
    ("0.33.0", "import vllm.no_such_module", "ModuleNotFoundError", []),
    ("0.33.0", "import vllm.platforms.rocm", "ModuleNotFoundError", ["vllm.platforms.rocm"]),
    ("0.33.0", "from vllm.platforms import rocm", "ImportError", ["vllm.platforms.rocm"]),
    ("0.33.0", "import vllm.platforms.hpu", "ModuleNotFoundError", []),
    ("0.33.0", "import vllm.third_party.pynvml", "ModuleNotFoundError", ["vllm.third_party.pynvml"]),
    ("0.33.0", "import vllm.third_party.no_such", "ModuleNotFoundError", []),
    ("0.33.0", "from vllm.platforms.interface import *; Platform", "", []),
    ("0.6.4", "from vllm.platforms.interface import *; Platform", "", []),
]

RUN = """
import sys
import vllm._reference as reference
try:
    exec(sys.argv[1])
    raised = ""
except ImportError as error:
    raised = type(error).__name__
print(raised, reference.not_modelled, "torch" in sys.modules)
"""


@pytest.mark.parametrize(("release", "statement", "raised", "recorded"), IMPORTS)
def test_imports_succeed_and_fail_as_in_the_release(
    release: str, statement: str, raised: str, recorded: list[str], python: Callable[..., str]
) -> None:
    assert python(release, RUN, statement).strip() == f"{raised} {recorded} False".strip()


def test_a_module_of_an_absent_package_is_named_in_the_error(python: Callable[..., str]) -> None:
    code = """
try:
    import vllm.third_party.no_such
except ModuleNotFoundError as error:
    print(error.name, "|", error)
"""
    assert (
        python("0.33.0", code).strip()
        == "vllm.third_party.no_such | No module named 'vllm.third_party.no_such'"
    )


def test_functions_of_a_module_still_see_what_is_hidden(python: Callable[..., str]) -> None:
    code = (
        "import vllm.plugins as p; print(hasattr(p, 'DEFAULT_PLUGINS_GROUP'), p.load_plugins_by_group('x'))"
    )
    assert python("0.7.0", code).strip() == "False {}"


def test_a_hidden_name_that_a_plugin_sets_is_there(python: Callable[..., str]) -> None:
    code = "import vllm.plugins as p; p.DEFAULT_PLUGINS_GROUP = 'mine'; print(p.DEFAULT_PLUGINS_GROUP)"
    assert python("0.7.0", code).strip() == "mine"


@pytest.mark.parametrize("release", InterfaceHistory.load().covering_set())
def test_no_module_is_placed_that_the_release_lacks(
    release: str, release_tree: ModuleType, history: InterfaceHistory
) -> None:
    placed = {
        release_tree.module_name(path)
        for path in release_tree.placed_files(release)
        if path.endswith(".py") and not path.startswith("_reference/")
    }
    assert {"vllm", "vllm.plugins", "vllm.platforms.interface", "vllm.envs"} <= placed
    assert {module for module in placed if not history.module_exists(release, module)} == set()


@pytest.mark.parametrize("release", InterfaceHistory.load().covering_set())
def test_the_foundation_imports_and_resolves_a_platform_without_torch(
    release: str, python: Callable[..., str]
) -> None:
    code = """
import sys, vllm, vllm.plugins, vllm.envs, vllm.logger, vllm.utils
from vllm.platforms import current_platform
vllm.plugins.load_general_plugins()
print(vllm.__version__, type(current_platform).__name__, "torch" in sys.modules)
"""
    # The loader of 0.7.0 to 0.11.0 says at INFO which platform it found.
    last = python(release, code, environment={"VLLM_TARGET_DEVICE": "cpu"}).strip().splitlines()[-1]
    name = "CpuPlatform" if InterfaceHistory.load().at_least(release, "0.6.1") else "UnspecifiedPlatform"
    assert last == f"{release}+reference {name} False"


@pytest.mark.parametrize("release", ["0.5.5", *InterfaceHistory.load().covering_set()])
def test_every_module_imports_or_lacks_torch_alone(
    release: str, python: Callable[..., str], release_tree: ModuleType
) -> None:
    code = """
import importlib, sys
for module in sys.argv[1:]:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
"""
    modules = {
        release_tree.module_name(path)
        for path in release_tree.placed_files(release)
        if path.endswith(".py") and not path.endswith("__main__.py")
    }
    assert python(release, code, *sorted(modules)) is not None
