"""Layers, each plain torch on one rank."""
