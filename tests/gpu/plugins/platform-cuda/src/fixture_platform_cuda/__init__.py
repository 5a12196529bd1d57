"""A platform that computes on NVIDIA's devices."""


def platform():
    """Name the platform's class; whether there is a device is asked when the engine takes it."""
    return "fixture_platform_cuda.platform.FixtureCudaPlatform"
