"""The platform function names its class with a colon."""


def platform():
    """Write the name as `register_model` wants it, not as the platform loader does."""
    return "fixture_platform_colon_name.platform:FixturePlatform"
