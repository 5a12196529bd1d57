"""The base of platforms."""


class Platform:
    """A platform."""

    device_name = ""

    @classmethod
    def get_attn_backend_cls(cls, selected_backend, attn_selector_config, num_heads=None):
        """Name the attention backend."""
        return ""

    @classmethod
    def set_device(cls, device):
        """Set the device."""
        raise NotImplementedError


class UnspecifiedPlatform(Platform):
    """None."""
