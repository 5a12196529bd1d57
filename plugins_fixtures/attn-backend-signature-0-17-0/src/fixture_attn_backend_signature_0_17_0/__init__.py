"""Get_attn_backend_cls has the parameters of 0.17.0 and later and no others."""


def platform():
    """Name the platform's class."""
    return "fixture_attn_backend_signature_0_17_0.platform.FixturePlatform"
