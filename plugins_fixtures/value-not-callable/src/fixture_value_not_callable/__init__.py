"""The entry point names a dictionary."""

MODELS = {"FixtureModel": "fixture_value_not_callable.model:FixtureModel"}
