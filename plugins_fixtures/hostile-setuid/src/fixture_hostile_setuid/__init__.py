"""Makes itself a setuid program and runs it."""

import shutil
import subprocess
import threading
from pathlib import Path

SET_USER_AND_GROUP = 0o6755


def register():
    """Copy a program, mark it setuid, and run it."""
    program = Path(f"root-{threading.get_native_id()}").absolute()
    try:
        shutil.copyfile("/bin/true", program)
        program.chmod(SET_USER_AND_GROUP)
        subprocess.run([program], check=False)
    except OSError:
        pass
