"""The OpenAI-compatible server: what plugins register with it; there is no server here."""
