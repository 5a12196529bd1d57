"""The platform function names a class that is not there."""


def platform():
    """Name a class that is called otherwise."""
    return "fixture_platform_class_missing.platform.DevicePlatform"
