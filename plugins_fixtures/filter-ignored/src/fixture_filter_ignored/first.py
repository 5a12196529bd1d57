"""One of two plugins that belong together."""

from importlib.metadata import EntryPoint

RAN = []


def register():
    """Run, and have the other run, whether the user named it or not."""
    if not RAN:
        RAN.append("first")
        name, value = "fixture-filter-ignored-second", "fixture_filter_ignored.second:register"
        EntryPoint(name, value, "vllm.general_plugins").load()()
