"""A build backend of one function: the wheel's Requires-Python excludes every interpreter."""

import zipfile
from pathlib import Path

MODULE = "fixture_python_excluded"
INFO = f"{MODULE}-1.0.0.dist-info"
METADATA = {
    "METADATA": "Metadata-Version: 2.1\n"
    "Name: fixture-python-excluded\n"
    "Version: 1.0.0\n"
    "Requires-Python: >=3.99\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: _wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "entry_points.txt": f"[vllm.general_plugins]\nfixture-python-excluded = {MODULE}:register\n",
}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Write the wheel and return its name, as PEP 517 asks."""
    files = {f"{INFO}/{name}": text for name, text in METADATA.items()}
    source = Path(__file__).parent / "src" / MODULE / "__init__.py"
    files[f"{MODULE}/__init__.py"] = source.read_text(encoding="utf-8")
    record = "".join(f"{name},,\n" for name in [*files, f"{INFO}/RECORD"])
    wheel = f"{MODULE}-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w") as archive:
        for name, text in {**files, f"{INFO}/RECORD": record}.items():
            archive.writestr(name, text)
    return wheel
