"""The module raises when imported."""

raise RuntimeError("built for another torch")
