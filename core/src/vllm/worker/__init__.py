"""V0's workers (until 0.11.0)."""
