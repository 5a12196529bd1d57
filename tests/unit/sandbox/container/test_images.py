from typing import Any

import pytest

from plugin_matrix.errors import ContainerEngineError, ImageMissingError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.images import find_image


def image(name: str, created: str, architecture: str = "amd64", **more: str) -> dict[str, Any]:
    marks = {
        labels.OURS: "1",
        labels.PLATFORM: "cpu-py311",
        labels.INTERPRETER: "/usr/bin/python3.11",
        labels.PYTHON: "3.11.2",
        labels.ORIGIN: "debian",
    }
    return {
        "Id": f"sha256:{name * 64}",
        "RepoTags": [],
        "Created": created,
        "Architecture": architecture,
        "Size": 1,
        "Config": {"Labels": marks | more},
    }


def show(fake_engine: Any, *images: dict[str, Any]) -> None:
    fake_engine.answer("GET /images/json", [{"Id": one["Id"]} for one in images])
    for one in images:
        fake_engine.answer(f"GET /images/{one['Id']}/json", one)


def find(platform: str = "cpu-py311") -> Any:
    client = connect()
    try:
        return find_image(client, platform)
    finally:
        client.close()


def test_the_newest_image_of_a_platform_is_found_with_what_its_labels_say(fake_engine: Any) -> None:
    show(
        fake_engine,
        image("a", "2026-11-01T10:00:00.123456789Z"),
        image("b", "2026-11-03T10:00:00.123456789+02:00"),
        image("c", "2026-11-02T10:00:00Z"),
    )
    found = find()
    assert found.reference == f"sha256:{'b' * 64}"
    assert (str(found.interpreter), found.python, found.origin) == ("/usr/bin/python3.11", "3.11.2", "debian")


@pytest.mark.usefixtures("fake_engine")
def test_an_image_that_is_not_built_is_told_with_the_command_that_builds_it() -> None:
    with pytest.raises(ImageMissingError) as caught:
        find("npu-sim-py311")
    assert caught.value.message == "The image of the platform npu-sim-py311 is not built."
    assert caught.value.next_step == "Build it with `plugin-matrix images build npu-sim-py311`."


def test_what_a_build_left_half_way_is_not_found(fake_engine: Any) -> None:
    half = image("a", "2026-11-01T10:00:00Z")
    half["Config"]["Labels"] = {labels.OURS: "1"}
    show(fake_engine, half)
    with pytest.raises(ImageMissingError):
        find()


@pytest.mark.usefixtures("fake_engine")
def test_a_platform_without_an_image_is_told_with_those_that_have_one() -> None:
    with pytest.raises(
        ImageMissingError, match=r"no image for the platform cpu-py39\. .*cpu-py311, cpu-py312"
    ):
        find("cpu-py39")


def test_an_image_of_another_architecture_is_not_taken(fake_engine: Any) -> None:
    show(fake_engine, image("a", "2026-11-01T10:00:00Z", architecture="arm64"))
    with pytest.raises(
        ImageMissingError, match=r"is for arm64, and the container engine runs amd64\. Build it anew"
    ):
        find()


def test_an_engine_that_fails_is_one_sentence(fake_engine: Any) -> None:
    fake_engine.fail("GET /images/json", "the database\nis damaged.")
    with pytest.raises(ContainerEngineError) as caught:
        find()
    assert caught.value.message == "The container engine failed: the database is damaged."
