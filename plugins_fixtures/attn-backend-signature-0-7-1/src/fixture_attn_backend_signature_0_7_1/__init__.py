"""Get_attn_backend_cls has the parameters of 0.7.1 to 0.10.0 and no others."""


def platform():
    """Name the platform's class."""
    return "fixture_attn_backend_signature_0_7_1.platform.FixturePlatform"
