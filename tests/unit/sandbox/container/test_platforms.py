import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from plugin_matrix.errors import ImageBuildError, UnknownPlatformError
from plugin_matrix.model import Accelerator
from plugin_matrix.sandbox.container.platforms import (
    DIGESTS,
    PLATFORMS,
    PlatformImage,
    dockerfiles_directory,
    platform_image,
    platform_images,
    read_platforms,
    write_digests,
)

ALL = {"cpu-py311", "cpu-py312", "cpu-py313", "cpu-py314", "cuda-py312", "rocm-py312", "npu-sim-py311"}
DOCKERFILES = dockerfiles_directory()


def test_every_platform_is_described() -> None:
    assert platform_images().keys() == ALL


@pytest.fixture(params=sorted(ALL))
def platform(request: pytest.FixtureRequest) -> PlatformImage:
    return platform_images()[request.param]


def instructions(platform: PlatformImage) -> list[str]:
    text = (DOCKERFILES / platform.dockerfile).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_a_platforms_id_says_its_accelerator_and_python(platform: PlatformImage) -> None:
    assert platform.platform.id == platform.id


def test_the_dockerfile_alone_takes_the_base_and_interpreter_that_are_described(
    platform: PlatformImage,
) -> None:
    lines = instructions(platform)
    assert lines[0] == f"ARG BASE_IMAGE={platform.image}"
    assert f"ARG INTERPRETER={platform.interpreter}" in lines
    assert lines[1] == "FROM ${BASE_IMAGE} AS prepared"


def test_the_last_stage_has_a_user_without_rights_and_our_label(platform: PlatformImage) -> None:
    lines = instructions(platform)
    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert last[0] == "FROM scratch"
    assert [line for line in last if line.startswith("USER ")] == ["USER 60700:60700"]
    assert "LABEL org.vllm-plugin-matrix=1" in last
    assert not [line for line in last if line.startswith("RUN ")]


def test_stand_ins_lie_where_they_are_said_to_lie(platform: PlatformImage) -> None:
    copied = [line.split()[2] for line in instructions(platform) if line.startswith("COPY npu-sim")]
    assert copied == ([str(platform.stand_ins)] if platform.stand_ins else [])


def test_device_nodes_stand_for_the_null_device_alone(platform: PlatformImage) -> None:
    assert set(platform.devices.values()) <= {"/dev/null"}
    assert bool(platform.devices) == (platform.id == "npu-sim-py311")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_the_dockerfiles_for_the_cpu_differ_in_their_python_alone() -> None:
    texts = set()
    for image in platform_images().values():
        if image.accelerator is Accelerator.CPU:
            text = (DOCKERFILES / image.dockerfile).read_text()
            texts.add(text.replace(image.python, "PYTHON").replace(image.id, "PLATFORM"))
    assert len(texts) == 1


def test_every_base_is_in_the_file_of_digests_and_nothing_else_is() -> None:
    listed = re.findall(r'^"(.+)" = "(.*)"$', (DOCKERFILES / DIGESTS).read_text(), re.MULTILINE)
    assert {image for image, _ in listed} == {one.image for one in platform_images().values()}
    assert all(re.fullmatch(r"(sha256:[0-9a-f]{64})?", digest) for _, digest in listed)


def test_a_digest_that_was_written_is_what_the_base_is_taken_by(tmp_path: Path) -> None:
    (tmp_path / PLATFORMS).write_text((DOCKERFILES / PLATFORMS).read_text())
    digest = f"sha256:{'0' * 64}"
    image = platform_images()["cpu-py313"].image
    write_digests(tmp_path, {image: digest})
    read = read_platforms(tmp_path)
    assert read["cpu-py313"].base == f"docker.io/library/python@{digest}"
    assert read["cpu-py311"].base == read["cpu-py311"].image


@pytest.mark.parametrize(
    ("platforms", "named"),
    [
        ("[cpu-py311", r"platforms\.toml: Expected ']'"),
        ('[cpu-py311]\naccelerator = "cpu"', "python"),
        ('[cpu-py311]\naccelerator = "abacus"\npython = "3.11"\nimage = "a:1"\ninterpreter = "/p"', "abacus"),
        ('[cpu-py311]\nacelerator = "cpu"', "acelerator|accelerator"),
    ],
)
def test_a_damaged_description_is_one_sentence_with_its_place(
    tmp_path: Path, platforms: str, named: str
) -> None:
    (tmp_path / PLATFORMS).write_text(platforms)
    (tmp_path / DIGESTS).write_text("")
    with pytest.raises(ImageBuildError, match=named):
        read_platforms(tmp_path)


def test_an_unknown_platform_is_answered_with_what_comes_near() -> None:
    with pytest.raises(UnknownPlatformError, match=r"'cpu-py31'\. Did you mean cpu-py31"):
        platform_image("cpu-py31")


def test_digests_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    with pytest.raises(ImageBuildError, match=r"digests\.toml cannot be written"):
        write_digests(tmp_path / "not-there", {})


def test_the_dockerfiles_are_in_the_wheel(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[4]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        inside = {name for name in opened.namelist() if name.startswith("plugin_matrix/data/dockerfiles/")}
        modes = {name: opened.getinfo(name).external_attr >> 16 for name in inside}
    source = checkout / "dockerfiles"
    expected = {
        f"plugin_matrix/data/dockerfiles/{path.relative_to(source).as_posix()}"
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == expected
    assert modes["plugin_matrix/data/dockerfiles/parts/prepare"] & stat.S_IXUSR
