"""Compilation: nothing is compiled here."""
