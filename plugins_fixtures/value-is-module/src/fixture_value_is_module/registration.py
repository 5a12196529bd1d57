"""A module that would register something when imported."""
