"""What the reference engine asks of a platform; torch is asked in the process that computes, never before."""

from vllm.platforms.interface import Platform, PlatformEnum


class FixtureCudaPlatform(Platform):
    """A platform that computes on NVIDIA's devices."""

    _enum = PlatformEnum.OOT
    device_name = "cuda"
    device_type = "cuda"
    dispatch_key = "CUDA"
    device_control_env_var = "CUDA_VISIBLE_DEVICES"

    @classmethod
    def get_device_name(cls, device_id=0):
        """Name the device."""
        import torch

        return torch.cuda.get_device_name(device_id)

    @classmethod
    def get_device_total_memory(cls, device_id=0):
        """Return bytes."""
        import torch

        return torch.cuda.get_device_properties(device_id).total_memory

    @classmethod
    def set_device(cls, device):
        """Make the device current."""
        import torch

        torch.cuda.set_device(device)

    @classmethod
    def get_attn_backend_cls(cls, *args, **kwargs):
        """Take what any release passes."""
        return "fixture_platform_cuda.attention.FixtureAttentionBackend"

    @classmethod
    def supports_v1(cls, *args, **kwargs):
        """Answer what releases from 0.8.3 to 0.10.2 ask."""
        return True

    @classmethod
    def is_async_output_supported(cls, enforce_eager):
        """Answer what releases from 0.6.5 to 0.10.2 ask."""
        return False

    @classmethod
    def check_and_update_config(cls, vllm_config):
        """Leave the configuration as it is."""
