"""Configurations and tokenizers of models, without `transformers`."""
