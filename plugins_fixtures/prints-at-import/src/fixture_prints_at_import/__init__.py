"""Prints 160 KB when imported, which is much and yet bounded."""

for _ in range(2000):
    print("fixture-prints-at-import " + "." * 54)


def register():
    """Do nothing."""
