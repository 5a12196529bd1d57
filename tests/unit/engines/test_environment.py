"""Environments made offline from tiny wheels: shared, reused, never half made."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from plugin_matrix.engines import base as base_module
from plugin_matrix.engines import dependencies as dependencies_module
from plugin_matrix.engines import torch_builds
from plugin_matrix.engines.dependencies import requirements_of
from plugin_matrix.engines.environment import Environment, Environments, PluginLayer
from plugin_matrix.engines.interpreters import default_platforms, find_interpreter
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Accelerator, Engine, EngineKind, Platform
from plugin_matrix.plugins import OpenedPlugin, open_plugin
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.pruning import prune
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import UvResult

ENGINE = Engine(EngineKind.REFERENCE, "0.33.0")
PLATFORM = default_platforms()[0]


class Workshop:
    """A store, a directory of wheels instead of an index, and the environments made of them."""

    def __init__(self, root: Path, make_wheel: Any) -> None:
        self.store = root / "store"
        self.links = root / "links"
        self.links.mkdir()
        self.make_wheel = make_wheel
        self.sources = PackageSources(offline=True, find_links=(str(self.links),))

    def environments(self) -> Environments:
        return Environments(self.store, sources=self.sources, build=self.engine_wheel)

    def engine_wheel(self, release: str, _: Path) -> Path:
        files = {"vllm/__init__.py": f'__version__ = "{release}"\n'}
        return Path(self.make_wheel("vllm", f"{release}+reference", files=files, entry_points=None))

    def offer(self, name: str, version: str = "1.0", *requires: str, **options: Any) -> None:
        files = {f"{name}/__init__.py": f'VERSION = "{version}"\n'}
        self.make_wheel(
            name, version, requires=requires, files=files, entry_points=None, directory=self.links, **options
        )

    def plugin(self, *requires: str, extras: str = "") -> OpenedPlugin:
        wheel = self.make_wheel("acme", "1.0", requires=requires)
        return open_plugin(f"{wheel}{extras}", self.store, self.sources)


@pytest.fixture
def workshop(tmp_path: Path, make_wheel: Any) -> Workshop:
    return Workshop(tmp_path, make_wheel)


@pytest.fixture
def with_torch(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Offer a stand-in for torch's CPU build, so that the base has something to share."""
    monkeypatch.setattr(torch_builds, "CPU", replace(torch_builds.CPU, local="+cpu"))
    workshop.offer("torch", "2.13.0+cpu", "filelock")
    workshop.offer("torch", "2.13.0", "nvidia_cuda")
    workshop.offer("nvidia_cuda")
    workshop.offer("numpy", "2.0")
    workshop.offer("filelock", "3.0")
    return workshop


def run(environment: Environment, code: str, layer: PluginLayer | None = None) -> str:
    paths = (*layer.plugin_paths, *layer.dependency_paths) if layer else ()
    environ = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    done = subprocess.run(
        [environment.python, "-B", "-c", code],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_an_environment_has_its_engine_and_a_second_asking_makes_nothing_new(workshop: Workshop) -> None:
    first = workshop.environments().provide(ENGINE, PLATFORM, torch=False)
    stamp = {path: path.stat().st_ino for path in (workshop.store / "environments").iterdir()}
    second = workshop.environments().provide(ENGINE, PLATFORM, torch=False)
    assert run(first, "import vllm; print(vllm.__version__)") == "0.33.0"
    assert second == first
    assert {path: path.stat().st_ino for path in (workshop.store / "environments").iterdir()} == stamp


def test_torch_is_installed_once_for_all_engines_and_never_with_cuda(with_torch: Workshop) -> None:
    environments = with_torch.environments()
    engines = [ENGINE, Engine(EngineKind.REFERENCE, "0.9.2")]
    provided = [environments.provide(engine, PLATFORM) for engine in engines]
    code = "import torch, vllm; print(torch.VERSION, vllm.__version__, torch.__file__)"
    seen = [run(environment, code).split() for environment in provided]
    assert [(torch, vllm) for torch, vllm, _ in seen] == [("2.13.0+cpu", "0.33.0"), ("2.13.0+cpu", "0.9.2")]
    assert seen[0][2] == seen[1][2]
    assert all(environment.has_torch for environment in provided)
    assert not list(with_torch.store.rglob("nvidia_cuda"))


def test_an_environment_without_torch_says_why(workshop: Workshop) -> None:
    environments = workshop.environments()
    environment = environments.provide(ENGINE, PLATFORM)
    assert not environment.has_torch
    assert "torch 2.13.0 (CPU)" in environment.torch_problem
    assert environments.provide(ENGINE, PLATFORM, torch=False).torch_problem == ""
    assert [path.name for path in (workshop.store / "bases").iterdir() if "torch" in path.name] == []


def test_a_plan_that_would_bring_cuda_is_not_carried_out(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_builds, "CPU", replace(torch_builds.CPU, local=""))
    workshop.offer("numpy", "2.0")
    workshop.offer("torch", "2.13.0", "nvidia_cuda")
    workshop.offer("nvidia_cuda")
    environment = workshop.environments().provide(ENGINE, PLATFORM)
    assert not environment.has_torch
    assert "it would bring nvidia-cuda" in environment.torch_problem


@pytest.mark.parametrize(
    ("accelerator", "version"),
    [
        (Accelerator.CUDA, "2.13.0+cu130"),
        (Accelerator.ROCM, "2.13.0+rocm7.2"),
        (Accelerator.NPU_SIM, "2.13.0+cpu"),
    ],
)
def test_a_platform_gets_the_build_of_torch_that_computes_on_its_accelerator(
    with_torch: Workshop, accelerator: Accelerator, version: str
) -> None:
    for local in ("cu130", "rocm7.2"):
        with_torch.offer("torch", f"2.13.0+{local}", "nvidia_cuda", "filelock")
    platform = Platform(accelerator, PLATFORM.python)
    environment = with_torch.environments().provide(ENGINE, platform)
    assert environment.torch_problem == ""
    assert run(environment, "import torch; print(torch.VERSION)") == version
    vendors = list((environment.base.site_packages).glob("nvidia_cuda"))
    assert bool(vendors) == (accelerator is not Accelerator.NPU_SIM)


def test_where_sources_lack_a_build_uv_is_asked_for_it_by_its_backend(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def refuse(arguments: list[str], **_: object) -> UvResult:
        asked.append(arguments)
        return UvResult(1, "", "error: no such build")

    monkeypatch.setattr(base_module, "run_uv", refuse)
    build, offline = torch_builds.torch_build(Accelerator.CUDA), workshop.sources
    online = replace(offline, offline=False)
    for sources in (offline, online):
        with pytest.raises(EnvironmentMakingError, match=r"torch 2\.13\.0 \(CUDA 13\.0\) for Python"):
            base_module._install_torch(build, workshop.store, find_interpreter(PLATFORM), sources)
    backends = [
        line[line.index("--torch-backend") + 1] if "--torch-backend" in line else "" for line in asked
    ]
    assert backends == ["", "", "cu130"]


def test_byte_code_is_there_before_a_cell_runs(with_torch: Workshop) -> None:
    environment = with_torch.environments().provide(ENGINE, PLATFORM)
    for layer, package in zip(environment.layers, ("vllm", "torch"), strict=True):
        assert list((layer / package / "__pycache__").glob("*.pyc"))


def test_everything_on_the_path_lies_in_what_a_sandbox_may_read(with_torch: Workshop) -> None:
    environment = with_torch.environments().provide(ENGINE, PLATFORM)
    places = run(
        environment, "import sys; print('\\n'.join(p for p in sys.path[1:] if not p.endswith('.zip')))"
    )
    readable = (*environment.read_only, Path("/usr"))
    outside = [
        place for place in places.splitlines() if not any(Path(place).is_relative_to(one) for one in readable)
    ]
    assert outside == []
    assert environment.python.is_relative_to(environment.read_only[-2])
    assert str(environment.engine_layers[0]) in places.splitlines()


def test_an_engine_that_cannot_be_installed_leaves_nothing(workshop: Workshop, tmp_path: Path) -> None:
    broken = tmp_path / "vllm-0.33.0+reference-py3-none-any.whl"
    broken.write_bytes(b"no wheel")
    environments = Environments(workshop.store, sources=workshop.sources, build=lambda *_: broken)
    with pytest.raises(
        EnvironmentMakingError, match=r"(?s)reference-0\.33\.0 cannot be installed from vllm-0"
    ):
        environments.provide(ENGINE, PLATFORM, torch=False)
    assert list((workshop.store / "environments").iterdir()) == []


def test_a_plugin_is_laid_beside_the_environment_which_stays_as_it_is(workshop: Workshop) -> None:
    workshop.offer("helper", "2.0", "deeper>=1")
    workshop.offer("deeper", "1.5")
    environments = workshop.environments()
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    before = sorted(path for layer in environment.layers for path in layer.rglob("*"))
    layer = environments.add_plugin(workshop.plugin("helper", "vllm>=0.9"), environment)
    code = "import acme, helper, deeper, vllm; print(helper.VERSION, deeper.VERSION, vllm.__version__)"
    assert run(environment, code, layer) == "2.0 1.5 0.33.0"
    assert layer.missing == ()
    assert sorted(path for one in environment.layers for path in one.rglob("*")) == before


def test_dependencies_are_resolved_once(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop.offer("helper")
    environments = workshop.environments()
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    first = environments.add_plugin(workshop.plugin("helper"), environment)
    monkeypatch.setattr(dependencies_module, "run_uv", None)
    assert environments.add_plugin(workshop.plugin("helper"), environment) == first
    assert workshop.environments().add_plugin(workshop.plugin("helper"), environment) == first


def test_what_the_base_has_is_not_installed_again(with_torch: Workshop) -> None:
    with_torch.offer("numpy", "2.9")
    with_torch.offer("filelock", "3.9")
    environments = with_torch.environments()
    environment = environments.provide(ENGINE, PLATFORM)
    with_torch.offer("numpy", "3.0")
    layer = environments.add_plugin(with_torch.plugin("numpy", "filelock<3.5"), environment)
    code = "import numpy, filelock; print(numpy.VERSION, filelock.VERSION)"
    assert run(environment, code, layer) == "2.9 3.0"
    assert sorted(path.name for path in layer.dependency_paths[0].glob("*.dist-info")) == [
        "filelock-3.0.dist-info"
    ]


def test_neither_vllm_nor_torch_come_in_through_a_dependency(workshop: Workshop) -> None:
    workshop.offer("helper", "1.0", "vllm>=0.1", "torch", "nvidia-cuda", "triton")
    for name in ("vllm", "torch", "nvidia_cuda", "triton"):
        workshop.offer(name, "9.9")
    environments = workshop.environments()
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    layer = environments.add_plugin(workshop.plugin("helper", "torch>=2"), environment)
    assert [path.name for path in layer.dependency_paths[0].glob("*.dist-info")] == ["helper-1.0.dist-info"]
    assert layer.missing == ()


def test_what_cannot_be_installed_is_named_and_the_rest_is(workshop: Workshop) -> None:
    workshop.offer("good")
    workshop.offer("other_platform", tag="cp312-cp312-macosx_11_0_arm64")
    environments = workshop.environments()
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    layer = environments.add_plugin(workshop.plugin("absent>=1", "good", "other-platform"), environment)
    assert run(environment, "import good; print(good.VERSION)", layer) == "1.0"
    assert [text.partition(":")[0] for text in layer.missing] == ["absent>=1", "other-platform"]
    assert all("\n" not in text and len(text) > len("absent>=1: ") for text in layer.missing)


def test_a_module_that_the_standard_library_hides_stays_hidden(workshop: Workshop) -> None:
    # Installed beside the engine it comes after the standard library; layers come before it.
    workshop.offer("typing")
    environments = workshop.environments()
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    layer = environments.add_plugin(workshop.plugin("typing"), environment)
    assert run(environment, "import typing; print(hasattr(typing, 'Protocol'))", layer) == "True"


def test_a_dependency_too_large_is_left_out_and_named() -> None:
    pins = [
        dependencies_module.Pin(name, "1", (), size << 20)
        for name, size in (("a", 200), ("b", 250), ("c", 20))
    ]
    kept, left_out = dependencies_module._within_bounds(pins)
    assert [pin.name for pin in kept] == ["a", "c"]
    assert left_out == ("b: left out, its wheel has 250 MiB",)


@pytest.mark.parametrize(
    ("requires", "extras", "expected"),
    [
        (["vllm", "torch>=2", "torchvision", "nvidia-cublas-cu12", "triton", "cuda-python"], "", ()),
        (
            ["torch-npu==2.10", "torch_musa", "habana-torch-plugin", "torch-npu-tools"],
            "",
            ("torch-npu-tools",),
        ),
        (["b", "a[x]>=1"], "", ("a[x]>=1", "b")),
        (["a; sys_platform == 'nowhere'", "b; python_version >= '3.9'"], "", ("b",)),
        (["a; extra == 'fast'", "b"], "", ("b",)),
        (["a; extra == 'fast'", "b"], "[fast]", ("a", "b")),
        (["acme[dev]; extra == 'all'"], "[all]", ()),
    ],
)
def test_requirements_are_those_that_apply(
    workshop: Workshop, requires: list[str], extras: str, expected: tuple[str, ...]
) -> None:
    opened = workshop.plugin(*requires, extras=extras)
    assert requirements_of(opened, find_interpreter(PLATFORM).markers) == expected


def test_what_was_pruned_is_made_anew(workshop: Workshop) -> None:
    environments = workshop.environments()
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    for kind in ("environments", "bases"):
        for path in (workshop.store / kind).iterdir():
            os.utime(path, (0, 0))
    assert {entry.kind for entry in prune(Store(workshop.store), 0).removed} >= {"environments", "bases"}
    assert not environment.python.exists()
    assert run(environments.provide(ENGINE, PLATFORM, torch=False), "import vllm; print('again')") == "again"
