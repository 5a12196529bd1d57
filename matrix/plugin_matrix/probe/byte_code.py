"""`python -I -S -B <this file> <layer> <sources> <result>`: compile a plugin's sources without running them.

`sources` lists paths below `layer`, separated by NUL. `result` gets the byte code of each in that
order, a length before it; the length is 0 for what cannot be compiled. Run locked in: a source may
be made to exhaust or crash the compiler.
"""

import os
import py_compile
import sys
import warnings
from struct import Struct

_LENGTH = Struct(">I")


def main(layer: str, sources: str, result: str) -> None:
    """Compile every source; what cannot be compiled is left to fail, if ever, where it is imported."""
    # Whoever imports a source from its byte code is not warned; nor is anyone with an installed package.
    warnings.simplefilter("ignore")
    compiled = result + ".pyc"
    with open(sources, "rb") as file:
        names = os.fsdecode(file.read()).split("\0")
    with open(result, "wb") as file:
        for name in names:
            data = b""
            try:
                py_compile.compile(
                    os.path.join(layer, name),
                    cfile=compiled,
                    doraise=True,
                    # A layer never changes, so Python need not compare it with its source.
                    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                )
                with open(compiled, "rb") as one:
                    data = one.read()
            except (py_compile.PyCompileError, OSError, RecursionError, MemoryError):
                pass
            file.write(_LENGTH.pack(len(data)))
            file.write(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
