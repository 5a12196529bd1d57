"""An endpoint plugin without required_tasks and init_state."""


class FixtureEndpoint:
    """Has half of the members."""

    name = "fixture-endpoint-plugin-incomplete"

    def attach_router(self, app):
        """Add nothing."""
