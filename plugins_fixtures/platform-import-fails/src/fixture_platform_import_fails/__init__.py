"""The platform's module imports a part of vLLM that 0.11.1 removed."""


def platform():
    """Name the platform's class."""
    return "fixture_platform_import_fails.platform.FixturePlatform"
