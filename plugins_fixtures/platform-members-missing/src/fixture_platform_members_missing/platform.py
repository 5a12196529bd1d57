"""A platform with nothing but an attention backend."""

from vllm.platforms.interface import Platform, PlatformEnum


class FixturePlatform(Platform):
    """A platform with nothing but an attention backend."""

    _enum = PlatformEnum.OOT
    device_name = "FixtureDevice"
    device_type = "cpu"
    dispatch_key = "CPU"

    @classmethod
    def get_attn_backend_cls(cls, *args, **kwargs):
        """Take what any release passes."""
        return "fixture_platform_members_missing.attention.FixtureAttentionBackend"
