"""A platform that serves every release from 0.7.0 on."""


def platform():
    """Name the platform's class."""
    return "fixture_platform_dummy.platform.FixturePlatform"
