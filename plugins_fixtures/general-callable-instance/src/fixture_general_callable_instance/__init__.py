"""The entry point names an object with __call__."""


class Registration:
    """Something that can be called."""

    def __call__(self):
        """Do nothing."""


registration = Registration()
