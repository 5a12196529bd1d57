"""V1's scheduling."""
