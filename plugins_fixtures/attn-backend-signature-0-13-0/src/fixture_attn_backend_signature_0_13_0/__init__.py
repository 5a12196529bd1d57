"""Get_attn_backend_cls has the parameters of 0.13.0 to 0.16.0 and no others."""


def platform():
    """Name the platform's class."""
    return "fixture_attn_backend_signature_0_13_0.platform.FixturePlatform"
