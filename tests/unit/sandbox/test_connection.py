"""The door at which the warm interpreter of a container calls."""

import socket
from pathlib import Path

import pytest

from plugin_matrix.sandbox.connection import READY, Door, NotWarmError


@pytest.mark.parametrize("depth", [1, 12])
def test_a_door_may_lie_deeper_than_the_path_of_a_socket_may_be_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    place = tmp_path.joinpath(*(["a long name of a directory"] * depth))
    place.mkdir(parents=True)
    door = Door(place / "door")
    assert (place / "door").is_socket()
    # The other side sees it by another, short path.
    monkeypatch.chdir(place)
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(door.name)
        caller.send(READY)
        connection = door.wait(5)
        connection.await_ready(5)
        connection.close()
    door.close()
    assert list(place.iterdir()) == []


def test_at_a_door_nobody_calls(tmp_path: Path) -> None:
    door = Door(tmp_path / "door")
    with pytest.raises(NotWarmError, match="not called"):
        door.wait(0.01)
    door.close()
