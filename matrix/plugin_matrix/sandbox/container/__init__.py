"""Where foreign code runs in containers: the engine, the platforms' images, and what is labelled as ours.

All of it needs the distribution `docker`, the extra `containers`; without, importing it raises
`ContainerEngineError`.
"""

from importlib.util import find_spec

from plugin_matrix.errors import ContainerEngineError

if find_spec("docker") is None:
    raise ContainerEngineError(
        "Python's `docker` package, which speaks to container engines, is not installed.",
        next_step='Install the extra: `pip install "vllm-plugin-matrix[containers]"`.',
    )
