"""The attention backend that the platform names."""


class FixtureAttentionBackend:
    """Only to be found, never to be run."""

    @staticmethod
    def get_name():
        """Name the backend."""
        return "FIXTURE"
