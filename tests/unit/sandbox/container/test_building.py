"""What an engine answers that cannot be provoked at will: no registry, no space, another architecture."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from plugin_matrix.cli.images import images
from plugin_matrix.cli.main import group
from plugin_matrix.errors import ContainerEngineError, DiskFullError, ImageBuildError, UnknownPlatformError
from plugin_matrix.sandbox.container import debian as debian_module
from plugin_matrix.sandbox.container import pinning
from plugin_matrix.sandbox.container.bases import Bases
from plugin_matrix.sandbox.container.building import build_image, recipe
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.platforms import DIGESTS, platform_images
from plugin_matrix.sandbox.container.progress import SilentProgress

BASE = f"sha256:{'b' * 64}"
UNREACHABLE = 'Get "https://registry.test/v2/": dial tcp: lookup registry.test: no such host'


@pytest.fixture
def no_registry(fake_engine: Any) -> Any:
    fake_engine.fail("POST /images/create", UNREACHABLE)
    return fake_engine


@pytest.fixture
def registry(fake_engine: Any) -> Any:
    fake_engine.answer("POST /images/create", {"status": "Pulled"})
    fake_engine.answer("GET /images/docker.io", {"Id": BASE})
    return fake_engine


@pytest.fixture(autouse=True)
def no_debian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every machine one that makes no base from packages."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(images, arguments)


@pytest.mark.usefixtures("no_registry")
def test_what_cannot_be_built_is_one_line_each_with_the_reasons_of_both_ways_and_exit_code_4() -> None:
    result = command("build", "cpu-py311", "cpu-py312")
    assert result.exit_code == 4
    silent = "docker.io cannot be reached (no such host)"
    no_root = "making a base from Debian packages needs root. Run the command with sudo."
    no_python = "no release of Debian has what cpu-py312 needs. Build it where the registry can be reached."
    assert result.stdout.splitlines() == [
        f"cpu-py311: not built: {silent}, and {no_root}",
        f"cpu-py312: not built: {silent}, and {no_python}",
    ]


def test_a_registry_that_was_silent_once_is_not_asked_again(no_registry: Any) -> None:
    command("build")
    assert len(no_registry.asked("POST /images/create")) == 1


def test_an_image_that_its_registry_does_not_have_is_told_so(fake_engine: Any) -> None:
    fake_engine.fail("POST /images/create", "manifest unknown", status=404)
    result = command("build", "rocm-py312")
    digest = platform_images()["rocm-py312"].digest
    assert f"docker.io has no docker.io/rocm/dev-ubuntu-24.04:7.2.4 of digest {digest}" in result.stdout


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (UNREACHABLE, "docker.io cannot be reached (no such host)"),
        ("reading manifest: manifest unknown", "docker.io has no docker.io/rocm/dev-ubuntu-24.04:7.2.4 of"),
        ("write /layer: no space left on device", "The container engine's disk is full"),
        ("unauthorized: rate limited", "docker.io cannot be reached (rate limited)"),
    ],
)
def test_trouble_that_is_told_in_the_stream_of_a_pull_is_told(fake_engine: Any, said: str, told: str) -> None:
    fake_engine.answer("POST /images/create", {"status": "Pulling"}, {"error": said})
    assert f"rocm-py312: not built: {told}" in command("build", "rocm-py312").stdout


def test_told_to_use_debian_no_registry_is_asked(fake_engine: Any) -> None:
    result = command("build", "cpu-py311", "cuda-py312", "--from-debian")
    assert fake_engine.asked("POST /images/create") == []
    assert "cuda-py312: not built: no release of Debian has what cuda-py312 needs" in result.stdout


@pytest.mark.usefixtures("fake_engine")
def test_an_unknown_platform_is_refused_before_anything_is_built() -> None:
    result = command("build", "cpu-py311", "cpu-py399")
    assert isinstance(result.exception, UnknownPlatformError)
    assert "cpu-py399" in str(result.exception)


def build(platform: str = "cpu-py312") -> None:
    client = connect()
    try:
        bases = Bases(client, from_debian=False, mirror=debian_module.OWN_MIRROR, renew=False)
        build_image(client, platform_images()[platform], bases, SilentProgress())
    finally:
        client.close()


@pytest.mark.parametrize(
    ("events", "error", "message"),
    [
        ([{"error": "write /x: no space left on device"}], DiskFullError, "disk is full"),
        ([{"stream": "E: You don't have enough free space; No space left"}, {"error": "code 100"}],
         DiskFullError, "disk is full"),
        ([{"stream": "Step 1/9"}, {"stream": "E: no such package"}, {"error": "returned code: 100"}],
         ImageBuildError, r"returned code: 100 \(last: Step 1/9 \| E: no such package\)"),
        ([{"stream": "Step 1/9"}], ImageBuildError, "ended the build without an image"),
    ],
)  # fmt: skip
def test_a_build_that_fails_is_one_sentence(
    registry: Any, events: list[dict[str, str]], error: type[Exception], message: str
) -> None:
    registry.answer("POST /build", *events)
    with pytest.raises(error, match=message):
        build()


def test_the_steps_of_a_build_that_failed_are_removed_but_nothing_with_a_name(registry: Any) -> None:
    label = {"org.vllm-plugin-matrix": "1"}
    registry.answer("POST /build", {"stream": " ---> aaaaaaaaaaaa\n"}, {"stream": " ---> bbbbbbbbbbbb\n"},
                    {"stream": " ---> cccccccccccc\n"}, {"error": "no"})  # fmt: skip
    registry.answer(
        "GET /images/aaaaaaaaaaaa", {"Id": "a", "RepoTags": ["base:1"], "Config": {"Labels": label}}
    )
    registry.answer("GET /images/bbbbbbbbbbbb", {"Id": "b", "RepoTags": [], "Config": {"Labels": label}})
    registry.answer("GET /images/cccccccccccc", {"Id": "c", "RepoTags": [], "Config": {"Labels": {}}})
    registry.answer("DELETE /images", [])
    with pytest.raises(ImageBuildError):
        build()
    assert [request.split("?")[0] for request in registry.asked("DELETE")] == ["DELETE /images/bbbbbbbbbbbb"]


def test_a_base_that_is_not_pinned_is_said_loudly(registry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    images = platform_images()
    unpinned = {name: replace(image, digest="") for name, image in images.items()}
    monkeypatch.setattr("plugin_matrix.sandbox.container.platforms.platform_images", lambda: unpinned)
    registry.answer("POST /build", {"error": "stop here"})
    result = command("build", "cpu-py312")
    assert "cpu-py312: docker.io/library/python:3.12-slim-bookworm IS NOT PINNED" in result.stderr
    assert "plugin-matrix images pin" in result.stderr


def test_the_build_is_given_the_base_that_was_pulled(registry: Any) -> None:
    registry.answer("POST /build", {"error": "stop here"})
    command("build", "cpu-py312")
    (request,) = registry.asked("POST /build")
    assert BASE.replace(":", "%3A") in request
    assert "dockerfile=cpu-py312%2FDockerfile" in request
    assert b"parts/prepare" in registry.bodies[request]


def test_an_engine_that_goes_away_in_a_build_is_one_line(registry: Any) -> None:
    registry.fail("POST /build", "the daemon is shutting down", status=503)
    result = command("build", "cpu-py312")
    assert result.exit_code == 4
    assert "cpu-py312: not built: the build failed: the daemon is shutting down." in result.stdout


def test_pinning_writes_what_the_registries_say_and_keeps_what_they_do_not(
    fake_engine: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = f"sha256:{'d' * 64}"
    monkeypatch.setattr(pinning, "dockerfiles_directory", lambda: tmp_path)
    fake_engine.fail("GET /distribution", UNREACHABLE)
    fake_engine.answer("GET /distribution/docker.io/library/python:3.11", {"Descriptor": {"digest": digest}})
    result = command("pin")
    assert result.exit_code == 4
    assert f"docker.io/library/python:3.11-slim-bookworm: {digest}" in result.stdout
    kept = platform_images()["rocm-py312"].digest
    assert f"docker.io/rocm/dev-ubuntu-24.04:7.2.4: not asked, stays {kept}: Get" in result.stdout
    written = (tmp_path / DIGESTS).read_text()
    assert f'"docker.io/library/python:3.11-slim-bookworm" = "{digest}"\n' in written
    assert f'"docker.io/rocm/dev-ubuntu-24.04:7.2.4" = "{kept}"\n' in written


@pytest.mark.usefixtures("no_registry")
def test_where_nothing_can_be_pinned_nothing_is_written(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinning, "dockerfiles_directory", lambda: tmp_path / "none")
    result = command("pin")
    assert result.exit_code == 4
    assert result.stdout.endswith("nothing was pinned\n")


def test_the_list_as_json_is_json(fake_engine: Any) -> None:
    fake_engine.answer("GET /images/json", [])
    assert json.loads(command("list", "--json").stdout) == []


def test_the_list_names_what_is_not_built(fake_engine: Any) -> None:
    fake_engine.answer("GET /images/json", [])
    assert command("list").stdout.splitlines()[-1].startswith("not built: cpu-py311, cpu-py312")


def test_what_cannot_be_removed_is_told(fake_engine: Any) -> None:
    fake_engine.answer("GET /images/json", [{"Id": BASE}])
    fake_engine.answer(f"GET /images/{BASE}/json", {"Id": BASE, "RepoTags": ["vllm-plugin-matrix:x"]})
    fake_engine.fail("DELETE /images", "image is being used by running container 12", status=409)
    result = command("prune", "--all")
    assert result.exit_code == 4
    assert "removed 0 containers, 0 volumes, 0 images" in result.stdout
    assert (
        "not removed: image vllm-plugin-matrix:x: image is being used by running container 12"
        in result.stdout
    )


@pytest.mark.parametrize("arguments", [("build",), ("list",), ("pin",), ("prune",)])
def test_without_an_engine_every_command_is_one_sentence(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    result = CliRunner().invoke(group, ["images", *arguments])
    assert isinstance(result.exception, ContainerEngineError)
    assert result.exception.next_step


def test_a_recipe_changes_with_what_an_image_is_made_from() -> None:
    recipes = {recipe(platform, "registry") for platform in platform_images().values()}
    assert len(recipes) == len(platform_images())
    assert recipe(platform_images()["cpu-py311"], "registry") in recipes


def test_what_a_base_in_a_registry_is_pinned_to_changes_images_from_there_alone() -> None:
    platform = platform_images()["cpu-py311"]
    pinned = replace(platform, digest=f"sha256:{'d' * 64}")
    assert recipe(pinned, "registry") != recipe(platform, "registry")
    assert recipe(pinned, "debian") == recipe(platform, "debian") != recipe(platform, "registry")
    assert recipe(replace(platform, python="3.9"), "debian") != recipe(platform, "debian")
