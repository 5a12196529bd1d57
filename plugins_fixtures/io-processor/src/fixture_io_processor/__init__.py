"""An IO processor with the methods of every release since 0.10.2."""


def processor():
    """Name the processor's class."""
    return "fixture_io_processor.processor.FixtureProcessor"
