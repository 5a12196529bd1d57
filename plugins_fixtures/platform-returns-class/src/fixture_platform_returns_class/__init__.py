"""The platform function returns the class itself."""


def platform():
    """Return an object where a name is due."""
    from fixture_platform_returns_class.platform import FixturePlatform

    return FixturePlatform
