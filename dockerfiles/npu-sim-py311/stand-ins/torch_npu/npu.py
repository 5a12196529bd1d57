"""The device functions that plugins ask at start-up; a device is a node /dev/davinci0, /dev/davinci1, ..."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

MEMORY = 64 * 1024**3
NAME = "Ascend910B3"
_state = {"initialised": False, "device": 0}


def device_count():
    """Count the device nodes."""
    return len([node for node in Path("/dev").glob("davinci*") if node.name[7:].isdigit()])


def is_available():
    """Tell whether there is a device."""
    return device_count() > 0


def is_initialized():
    """Tell whether the devices have been initialised in this process."""
    return _state["initialised"]


def _lazy_init():
    if not is_available():
        raise RuntimeError("there is no NPU: no device node /dev/davinci0")
    _state["initialised"] = True


def init():
    """Initialise the devices."""
    _lazy_init()


def _index(device):
    """Return the number of `device`: a number, `npu:1`, a torch device or None for the current one."""
    if device is None:
        return _state["device"]
    if isinstance(device, str):
        device = int(device.partition(":")[2] or 0)
    number = getattr(device, "index", device)
    number = 0 if number is None else int(number)
    if not 0 <= number < device_count():
        raise RuntimeError(f"there is no NPU {number}: there are {device_count()}")
    return number


def current_device():
    """Return the number of the device in use."""
    _lazy_init()
    return _state["device"]


def set_device(device):
    """Use `device` from now on."""
    _lazy_init()
    _state["device"] = _index(device)


def get_device_name(device=None):
    """Return the name of a device."""
    _lazy_init()
    _index(device)
    return NAME


def get_soc_version():
    """Return the number of the chip, here of an Ascend 910B3."""
    return 222


def get_device_properties(device=None):
    """Return what is known of a device."""
    _lazy_init()
    _index(device)
    return SimpleNamespace(
        name=NAME, total_memory=MEMORY, cube_core_num=20, vector_core_num=40, uuid="stand-in"
    )


def mem_get_info(device=None):
    """Return free and total bytes."""
    _lazy_init()
    _index(device)
    return MEMORY, MEMORY


def memory_allocated(device=None):
    """Return bytes in use: none."""
    _index(device)
    return 0


memory_reserved = max_memory_allocated = memory_allocated


def memory_stats(device=None):
    """Return the counters of the allocator: none."""
    _index(device)
    return {}


def reset_peak_memory_stats(device=None):
    """Reset nothing: nothing is counted."""
    _index(device)


def synchronize(device=None):
    """Wait for nothing: nothing runs."""
    _index(device)


def empty_cache():
    """Free nothing: nothing is allocated."""


def manual_seed_all(seed):
    """Seed nothing: no numbers are drawn."""


class Stream:
    """A queue in which nothing ever waits."""

    def __init__(self, device=None, **_options):
        self.device_index = _index(device)

    def synchronize(self):
        """Wait for nothing."""

    def wait_stream(self, stream):
        """Wait for nothing."""


class Event:
    """Something that has always happened."""

    def __init__(self, **_options):
        pass

    def record(self, stream=None):
        """Happen."""

    def synchronize(self):
        """Wait for nothing."""


def current_stream(device=None):
    """Return a stream."""
    return Stream(device)


default_stream = current_stream


@contextmanager
def stream(chosen):
    """Use a stream for a while."""
    yield chosen


@contextmanager
def device(chosen):
    """Use a device for a while."""
    before = _state["device"]
    set_device(chosen)
    try:
        yield
    finally:
        _state["device"] = before


def __getattr__(name):
    raise AttributeError(f"torch.npu.{name} is not part of the stand-in for torch_npu")
