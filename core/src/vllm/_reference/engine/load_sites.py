"""Where the engine loads general plugins (dimension `general_plugins_load_sites`)."""

from __future__ import annotations

from vllm._reference import value


def load_general_plugins_at(site: str) -> None:
    """Load them if this release does so at `site`.

    Sites: `llm-engine`, `engine-args`, `mq-engine`, `inspection`, `worker`, `parser`, `engine-core`.
    """
    if site in value("general_plugins_load_sites").split(","):
        from vllm.plugins import load_general_plugins

        load_general_plugins()
