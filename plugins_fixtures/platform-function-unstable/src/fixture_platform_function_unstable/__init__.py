"""Every other call of the platform function returns None."""

import itertools

_calls = itertools.count()


def platform():
    """Name the class on the first call and not on the second."""
    return "fixture_platform_function_unstable.platform.FixturePlatform" if next(_calls) % 2 == 0 else None
