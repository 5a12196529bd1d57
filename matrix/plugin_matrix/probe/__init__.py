"""What runs inside an engine's environment and observes a plugin there.

Standard library only and CPython 3.9 or later, because it runs on every Python that an engine
supports. Started as `python -I -S <__main__.py> <request.json> <result.json>`; the result is
`plugin_matrix.model.Observation` as JSON. It observes and never judges.

The driver imports neither vLLM nor the plugin, and nothing of theirs is on its `sys.path`. It starts
an interpreter with the plugin installed, the zygote, which imports vLLM once and forks one process
for each scenario, so that nothing a plugin does to its process reaches the next scenario.
"""
