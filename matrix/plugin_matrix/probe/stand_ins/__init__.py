"""Stand-ins for vendor modules that are absent: importable, and whatever is done with them is recorded.

They let the part of a plugin that faces vLLM run where the vendor's package cannot be installed. A module
that is present is never replaced; nor is anything of vLLM's, of torch's or of the plugin's own.
"""
