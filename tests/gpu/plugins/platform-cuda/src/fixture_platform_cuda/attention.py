"""The attention backend that the platform names."""


class FixtureAttentionBackend:
    """Only to be found: the reference engine's layers compute with torch."""

    @staticmethod
    def get_name():
        """Name the backend."""
        return "FIXTURE"
