"""A logits processor whose module cannot be imported, which stops the engine."""

raise RuntimeError("built for another torch")
