"""The named class does not derive from Platform."""


def platform():
    """Name the platform's class."""
    return "fixture_platform_not_a_platform.platform.FixturePlatform"
