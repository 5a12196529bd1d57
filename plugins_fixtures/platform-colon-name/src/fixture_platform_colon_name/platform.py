"""A platform that computes on the CPU."""

from vllm.platforms.interface import Platform, PlatformEnum


class FixturePlatform(Platform):
    """A platform that computes on the CPU."""

    _enum = PlatformEnum.OOT
    device_name = "FixtureDevice"
    device_type = "cpu"
    dispatch_key = "CPU"

    @classmethod
    def get_attn_backend_cls(cls, *args, **kwargs):
        """Take what any release passes."""
        return "fixture_platform_colon_name.attention.FixtureAttentionBackend"

    @classmethod
    def get_device_name(cls, device_id=0):
        """Name the device."""
        return "FixtureDevice"

    @classmethod
    def get_device_uuid(cls, device_id=0):
        """Tell devices apart."""
        return f"fixture-{device_id}"

    @classmethod
    def get_device_total_memory(cls, device_id=0):
        """Return bytes."""
        return 1 << 30

    @classmethod
    def get_current_memory_usage(cls, device=None):
        """Return bytes."""
        return 0.0

    @classmethod
    def is_async_output_supported(cls, enforce_eager):
        """Answer what releases from 0.6.5 to 0.10.2 ask."""
        return False

    @classmethod
    def get_punica_wrapper(cls):
        """Name the LoRA kernels."""
        return "vllm.lora.punica_wrapper.punica_cpu.PunicaWrapperCPU"

    @classmethod
    def get_cu_count(cls, device_id=0):
        """Answer what releases from 0.8.5 to 0.11.0 ask."""
        return 1

    @classmethod
    def stateless_init_device_torch_dist_pg(cls, backend, prefix_store, group_rank, group_size, timeout):
        """Make no process group: there is one device."""
        return None

    @classmethod
    def set_device(cls, device):
        """Set nothing: there is one device."""

    @classmethod
    def check_if_supports_dtype(cls, *args, **kwargs):
        """Take any type; the parameter was renamed in 0.11.1."""

    @classmethod
    def num_compute_units(cls, device_id=0):
        """Return how many there are."""
        return 1

    @classmethod
    def manual_seed_all(cls, seed):
        """Seed nothing: the device draws no numbers."""

    @classmethod
    def get_all_gpu_pci_bus_ids(cls):
        """List no buses."""
        return {}

    @classmethod
    def check_runner_kv_caches_multi_layer(cls):
        """Accept any layout."""

    @classmethod
    def check_and_update_config(cls, vllm_config):
        """Leave the configuration as it is."""
