"""Unpacking wheels into directories for `sys.path`."""

from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.plugins.archive import ArchiveError
from plugin_matrix.plugins.layer import unpack_wheel
from plugin_matrix.plugins.store import Store


def names(layer: Path) -> set[str]:
    return {path.relative_to(layer).as_posix() for path in layer.rglob("*") if path.is_file()}


def test_a_layer_holds_what_is_importable_and_the_metadata_and_no_byte_code(
    make_wheel: Any, tmp_path: Path
) -> None:
    data = "acme-1.0.data"
    wheel = make_wheel(
        tag="cp399-cp399-macosx_11_0_arm64",
        files={
            f"{data}/purelib/acme/pure.py": "",
            f"{data}/platlib/acme/plat.so": b"\x7fELF",
            f"{data}/scripts/acme": "#!python\n",
            f"{data}/headers/acme.h": "",
            f"{data}/data/etc/acme.conf": "",
        },
    )
    info = {f"acme-1.0.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}
    layer = unpack_wheel(wheel, Store(tmp_path / "store"))
    assert names(layer) == {"acme/__init__.py", "acme/pure.py", "acme/plat.so"} | info


def test_equal_wheels_share_a_layer_and_others_do_not(make_wheel: Any, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    first = unpack_wheel(make_wheel(directory=tmp_path / "a"), store)
    assert unpack_wheel(make_wheel(directory=tmp_path / "b"), store) == first
    assert unpack_wheel(make_wheel(files={"acme/more.py": ""}, directory=tmp_path / "c"), store) != first


@pytest.mark.parametrize("place", ["acme/__init__.py", "acme/__INIT__.py", "../evil.py"])
def test_a_data_directory_cannot_overwrite_or_leave_the_layer(
    make_wheel: Any, tmp_path: Path, place: str
) -> None:
    wheel = make_wheel(files={f"acme-1.0.data/purelib/{place}": ""})
    with pytest.raises(ArchiveError):
        unpack_wheel(wheel, Store(tmp_path / "store"))
    assert not list((tmp_path / "store" / "layers").iterdir())
