"""NVIDIA devices on the engine at hand, whether it has any or none."""

import docker
import pytest

from plugin_matrix.errors import NoDeviceError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.gpus import any_gpu, usable_request
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.devices import machine_has_nvidia


@pytest.mark.skipif(machine_has_nvidia(), reason="this machine has a device")
def test_that_containers_get_no_device_is_found_by_trying_and_leaves_nothing_behind(
    engine: docker.DockerClient, image: BuiltImage
) -> None:
    with pytest.raises(NoDeviceError, match=r"^Containers get no NVIDIA device: .+nvidia-ctk"):
        usable_request(engine, image, [any_gpu()])
    trials: dict[str, str | list[str] | bool] = {"label": f"{labels.RUN}=looking for devices"}
    assert engine.containers.list(all=True, filters=trials, ignore_removed=True) == []
