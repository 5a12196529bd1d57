"""One of two plugins that belong together."""

from importlib.metadata import EntryPoint

RAN = []


def register():
    """Run, and have the other run, whether the user named it or not."""
    if not RAN:
        RAN.append("second")
        name, value = "fixture-filter-ignored-first", "fixture_filter_ignored.first:register"
        EntryPoint(name, value, "vllm.general_plugins").load()()
