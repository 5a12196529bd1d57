"""Wheels made in a moment, without a build backend."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

REGISTER = "[vllm.general_plugins]\nacme = acme:register\n"


def write_wheel(
    directory: Path,
    name: str,
    version: str = "1.0",
    *,
    files: Mapping[str, bytes | str | None],
    tag: str = "py3-none-any",
    requires: Sequence[str] = (),
    entry_points: str | None = REGISTER,
) -> Path:
    """Write a wheel of `files`, of which those that are None are left out, also of the metadata's own."""
    directory.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    lines = [f"Requires-Dist: {requirement}\n" for requirement in requires]
    content: dict[str, bytes | str | None] = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{''.join(lines)}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/entry_points.txt": entry_points,
        f"{info}/RECORD": "",
        **files,
    }
    members = {
        path: text.encode() if isinstance(text, str) else text
        for path, text in content.items()
        if text is not None
    }
    record = f"{info}/RECORD"
    if record in members:
        members[record] = "".join(
            f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in members.items() if path != record
        ).encode()
    wheel = directory / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            # A fixed time, so that equal content gives equal wheels.
            archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
    return wheel


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
