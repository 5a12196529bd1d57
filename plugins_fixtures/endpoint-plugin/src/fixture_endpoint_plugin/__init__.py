"""An endpoint plugin with one route."""


class FixtureEndpoint:
    """Answers one route."""

    name = "fixture-endpoint-plugin"
    required_tasks = None

    def attach_router(self, app):
        """Add the route."""

        @app.get("/v1/fixture")
        async def fixture():
            return {"fixture": True}

    async def init_state(self, engine_client, state, args):
        """Keep the client for the route; a render server has none."""
        state.fixture_engine_client = engine_client
