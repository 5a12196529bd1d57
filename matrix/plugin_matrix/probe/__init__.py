"""What runs inside an engine's environment and observes a plugin there.

Standard library only and CPython 3.9 or later, because it runs on every Python that an engine
supports. Started as `python <this directory> <request.json> <result.json>`; the result is
`plugin_matrix.model.Observation` as JSON. It observes and never judges.

The driver imports neither vLLM nor the plugin. It forks a zygote that imports vLLM once, and the
zygote forks one process for each scenario, so that nothing a plugin does to its process reaches
the next scenario.
"""
