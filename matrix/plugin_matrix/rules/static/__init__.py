"""Static judgement, PM2xx to PM5xx: what a plugin's source asks of vLLM against what each release offers."""

from plugin_matrix.rules.static.judging import judge_surface

__all__ = ["judge_surface"]
