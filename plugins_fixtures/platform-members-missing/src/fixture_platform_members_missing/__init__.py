"""The platform leaves out what its base does not implement."""


def platform():
    """Name the platform's class."""
    return "fixture_platform_members_missing.platform.FixturePlatform"
