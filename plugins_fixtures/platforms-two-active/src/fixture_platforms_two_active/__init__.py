"""Two platforms of one distribution are active at once."""


def first():
    """Name the platform's class."""
    return "fixture_platforms_two_active.platform.FixturePlatform"


def second():
    """Name the same class under another entry point."""
    return "fixture_platforms_two_active.platform.FixturePlatform"
