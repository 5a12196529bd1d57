"""An IO processor with parse_request only, which 0.29.0 stopped bridging."""


def processor():
    """Name the processor's class."""
    return "fixture_io_processor_old_methods.processor.FixtureProcessor"
