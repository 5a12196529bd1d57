"""Part of the engine of a few lines."""
