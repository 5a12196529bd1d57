"""Static judgement, PM2xx to PM5xx: what a plugin's source asks of vLLM against what each release offers."""

from plugin_matrix.rules.static.judging import Judged, judge_surface, judge_with_programs

__all__ = ["Judged", "judge_surface", "judge_with_programs"]
