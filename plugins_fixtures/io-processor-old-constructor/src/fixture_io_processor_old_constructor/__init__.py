"""An IO processor whose constructor takes no renderer, which 0.18.0 stopped adapting."""


def processor():
    """Name the processor's class."""
    return "fixture_io_processor_old_constructor.processor.FixtureProcessor"
