"""Get_attn_backend_cls has the parameters of 0.7.0 and no others."""


def platform():
    """Name the platform's class."""
    return "fixture_attn_backend_signature_0_7_0.platform.FixturePlatform"
