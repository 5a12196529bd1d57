"""What of the machine a container is shown, and what of its own places is not a cell's leftover."""
# ruff: noqa: S108 - places in a container

from pathlib import Path

import pytest

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox.container.mounts import Shelves, bound, covered, standing


def test_entries_of_a_shelf_are_seen_through_it_and_other_places_one_by_one(tmp_path: Path) -> None:
    shelf, other = tmp_path / "layers", tmp_path / "environments" / "one"
    for place in (shelf / "a", shelf / "b", other / "lib"):
        place.mkdir(parents=True)
    shelves = Shelves([shelf])
    assert shelves.mounted([shelf / "a", other]) == (other, shelf)
    assert shelves.mounted([shelf / "a"]) == shelves.mounted([shelf / "b"]) == (shelf,)
    assert shelves.mounted([other / "lib", other]) == (other, shelf)


def test_a_place_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"absent .*does not exist"):
        Shelves([]).mounted([tmp_path / "absent"])


def test_a_shelf_cannot_be_listed_by_others(tmp_path: Path) -> None:
    shelf = tmp_path / "layers"
    Shelves([shelf]).close()
    assert shelf.stat().st_mode & 0o777 == 0o711
    shelf.chmod(0o700)
    Shelves([shelf]).close()
    assert shelf.stat().st_mode & 0o777 == 0o700  # more closed than asked for stays so


def test_every_mount_is_read_only_and_at_its_own_path(tmp_path: Path) -> None:
    mounts = bound([tmp_path / "a"], tmp_path / "own")
    assert all(mount["ReadOnly"] and mount["Type"] == "bind" for mount in mounts)
    assert {mount["Target"] for mount in mounts} == {
        *("/run/plugin-matrix", "/etc/passwd", "/etc/group"),
        str(tmp_path / "a"),
    }


@pytest.mark.parametrize(
    ("places", "tops"),
    [
        (["/root/.cache/store/layers", "/root/.cache/store/bases/1"], ["/root"]),
        (["/home/me/.cache/store/layers", "/srv/x"], ["/home", "/srv"]),
        (["/var/lib/store/layers", "/opt/store", "/tmp/store"], []),
    ],
)
def test_closed_directories_of_the_image_are_covered(places: list[str], tops: list[str]) -> None:
    assert list(covered([Path(place) for place in places])) == tops


def test_mount_points_are_told_from_leftovers() -> None:
    places = [Path("/tmp/a/store/layers"), Path("/tmp/a/store/bases"), Path("/opt/store")]
    assert set(standing(places, ["/tmp", "/var/tmp"])) == {"/tmp/a"}
