"""Starts processes that start processes, two thousand in all."""

import subprocess

# Each starts two, bounded so that a machine without limits survives it. The last of a line tell so and wait
# for the end of an input, which comes with that of the plugin.
BOMB = """
exec 3<&0
bomb() {
    if [ $1 = 0 ]; then echo >&2; read _ <&3; exit; fi
    bomb $(($1 - 1)) &
    bomb $(($1 - 1)) &
    wait
}
bomb 10
"""


def register():
    """Set it off, and wait until one of the last is there or one could not be started."""
    bomb = subprocess.Popen(["/bin/sh", "-c", BOMB], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    bomb.stderr.readline()
