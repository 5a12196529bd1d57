"""Images for real: made from Debian packages, looked into, told from what is left over, removed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import psutil
import pytest

from plugin_matrix.errors import ImageMissingError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.building import up_to_date
from plugin_matrix.sandbox.container.images import BuiltImage, find_image, our_images
from plugin_matrix.sandbox.container.leftovers import our_containers, remove_leftovers
from plugin_matrix.sandbox.container.platforms import platform_image
from plugin_matrix.sandbox.owner import OwnedDirectory

Inside = Callable[..., Any]
COMMAND = [sys.executable, "-m", "plugin_matrix", "images"]


KILLED_HARNESS = """
import os, sys
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import connect
container = connect().containers.run(
    sys.argv[1], ["sleep", "600"], detach=True, network_mode="none", labels=labels.of_container(sys.argv[2])
)
print(container.id, flush=True)
os.kill(os.getpid(), 9)
"""


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=["cpu-py311", "cpu-py313", "npu-sim-py311"])
def image(engine: docker.DockerClient, request: pytest.FixtureRequest) -> BuiltImage:
    """Return a platform's image, built now if it is not there."""
    try:
        return find_image(engine, request.param)
    except ImageMissingError:
        done = command("build", request.param)
        if done.returncode:
            pytest.skip(f"the image cannot be built here: {done.stdout}")
        return find_image(engine, request.param)


@pytest.fixture
def inside(engine: docker.DockerClient, image: BuiltImage) -> Inside:
    """Return a way to run Python in a container of the image and read the JSON it prints."""

    def run(code: str, **options: Any) -> Any:
        output = engine.containers.run(
            image.reference,
            [str(image.interpreter), "-I", "-c", code],
            remove=True,
            labels=labels.of_container("tests"),
            network_mode="none",
            **options,
        )
        return json.loads(output)

    return run


def test_an_image_has_its_platforms_python_and_says_so(image: BuiltImage, inside: Inside) -> None:
    version, executable = inside(
        "import json, platform, sys; print(json.dumps([platform.python_version(), sys.executable]))"
    )
    assert version == image.python
    assert version.startswith(platform_image(image.platform).python + ".")
    assert executable == str(image.interpreter)


def test_the_libraries_that_torch_needs_of_the_system_are_there(inside: Inside) -> None:
    code = "import ctypes\nfor name in ('libgomp.so.1', 'libstdc++.so.6'): ctypes.CDLL(name)\nprint('true')"
    assert inside(code) is True


def test_an_images_user_is_not_root(inside: Inside) -> None:
    assert inside("import json, os; print(json.dumps([os.getuid(), os.getgid()]))") == [60700, 60700]


def test_what_is_mounted_below_the_home_of_root_can_be_read(inside: Inside, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "module.py").write_text("")
    mount = docker.types.Mount("/root/.cache/store", str(tmp_path), type="bind", read_only=True)
    code = "import json, os; print(json.dumps(os.listdir('/root/.cache/store')))"
    assert inside(code, mounts=[mount], read_only=True) == ["module.py"]


def test_no_program_of_an_image_gives_rights_away(inside: Inside) -> None:
    code = """
import json, os, stat
found = [os.path.join(directory, name) for directory, _, names in os.walk("/")
         if not directory.startswith(("/proc", "/sys", "/dev")) for name in names
         if stat.S_ISREG((status := os.lstat(os.path.join(directory, name))).st_mode)
         and status.st_mode & 0o6000]
print(json.dumps(found))
"""
    assert inside(code, user="0") == []


def test_nothing_in_an_image_can_fetch_or_install_python_packages(inside: Inside) -> None:
    code = """
import importlib.util, json
print(json.dumps([name for name in ("pip", "ensurepip", "setuptools") if importlib.util.find_spec(name)]))
"""
    assert inside(code) == []


def test_the_standard_library_has_byte_code_since_the_root_directory_will_be_read_only(
    inside: Inside,
) -> None:
    code = """
import asyncio, json, multiprocessing, os, sys
cached = [getattr(module, "__cached__", None) for module in sys.modules.values()]
print(json.dumps([file for file in cached if file and not os.path.exists(file)]))
"""
    assert inside(code, read_only=True) == []


def test_an_image_is_small(image: BuiltImage) -> None:
    assert image.size < 200 * 1024**2


def test_an_image_that_is_there_is_not_built_again(engine: docker.DockerClient, image: BuiltImage) -> None:
    if up_to_date(engine, platform_image(image.platform)) is None:
        pytest.skip("the image is of another recipe")
    began = time.monotonic()
    done = command("build", image.platform)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{image.platform}: up to date" in done.stdout
    assert time.monotonic() - began < 20
    assert find_image(engine, image.platform) == image


@pytest.mark.parametrize("image", ["npu-sim-py311"], indirect=True)
def test_vendor_stand_ins_find_the_device_nodes_that_the_platform_gives(
    image: BuiltImage, inside: Inside
) -> None:
    code = f"""
import json, sys
sys.path.append({str(image.stand_ins)!r})
import acl, torch_npu
npu = torch_npu.npu
print(json.dumps([npu.is_available(), npu.device_count(), *acl.rt.get_device_count(), torch_npu.STAND_IN]))
"""
    nodes = platform_image(image.platform).devices
    devices = [f"{machine}:{path}:rw" for path, machine in nodes.items()]
    assert inside(code, devices=devices) == [True, 1, 1, 0, True]
    assert inside(code) == [False, 0, 0, 0, True]


@pytest.fixture
def leftover(engine: docker.DockerClient, image: BuiltImage) -> Iterator[str]:
    """Return a container whose harness was killed."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED_HARNESS, image.reference, str(uuid.uuid4())],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    name = done.stdout.strip()
    yield name
    if name in our_containers(engine):
        engine.api.remove_container(name, force=True)


def test_a_killed_harness_containers_are_removed_and_a_living_ones_stay(
    engine: docker.DockerClient, image: BuiltImage, leftover: str
) -> None:
    living = engine.containers.create(
        image.reference, ["sleep", "600"], network_mode="none", labels=labels.of_container("tests")
    )
    strange = engine.containers.create(image.reference, ["sleep", "600"], network_mode="none")
    try:
        assert remove_leftovers(engine).containers >= 1
        left = {container.id for container in engine.containers.list(all=True)}
        assert leftover not in left
        assert {living.id, strange.id} <= left
    finally:
        living.remove(force=True)
        strange.remove(force=True)


def names(client: docker.DockerClient) -> set[str]:
    return {tag for one in our_images(client) for tag in one.tags}


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("debootstrap") is None, reason="needs root and debootstrap"
)
@pytest.mark.parametrize(
    ("how", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["interrupted", "ended", "killed"],
)
def test_a_build_that_does_not_end_leaves_nothing_half_made(
    engine: docker.DockerClient, tmp_path: Path, how: signal.Signals, code: int
) -> None:
    before, named = {str(one.id) for one in our_images(engine)}, names(engine)
    process = subprocess.Popen(
        [*COMMAND, "build", "cpu-py311", "--from-debian", "--renew"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    until(lambda: bool(list(tmp_path.glob("*/root/debootstrap"))))
    process.send_signal(how)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == code, output + errors
    assert "Traceback" not in errors
    until(lambda: not [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(one.info)])
    if how is signal.SIGKILL:
        OwnedDirectory(tmp_path).remove()  # what the next one does first
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
    assert names(engine) == named
    assert {str(one.id) for one in our_images(engine)} <= before


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
