"""Distributed execution: one rank here."""
