"""What changed for plugins in each release of vLLM: pages from interface history and surface index."""
