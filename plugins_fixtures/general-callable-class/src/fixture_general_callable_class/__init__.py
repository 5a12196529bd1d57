"""The entry point names a class, which vLLM calls like a function."""


class Registration:
    """Calling it constructs it, and that is all there is to do."""
