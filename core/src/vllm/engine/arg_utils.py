"""Arguments of an engine (`vllm/engine/arg_utils.py`), with the fields of the release."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict

from vllm import config as configs
from vllm._reference import at_least, trim, value
from vllm._reference.engine.config_class import config_class
from vllm._reference.engine.load_sites import load_general_plugins_at
from vllm._reference.engine.tables import table
from vllm._reference.engine.versions import decide_v1
from vllm.logger import init_logger

logger = init_logger(__name__)

_NAMES = {  # field of a configuration -> field of the arguments where they differ
    "hf_overrides": "hf_overrides",
    "cache_dtype": "kv_cache_dtype",
    "load_format": "load_format",
}


class _EngineArgsBase:
    """Arguments of an engine."""

    def __post_init__(self) -> None:
        """Take the model as tokenizer.

        From 0.6.3 load the general plugins (`vllm/engine/arg_utils.py:189`).
        """
        if not getattr(self, "tokenizer", None):
            self.tokenizer = self.model
        for field, kind in (("compilation_config", "CompilationConfig"), ("load_config", "LoadConfig")):
            given = getattr(self, field, None)
            if isinstance(given, dict) and hasattr(configs, kind):
                setattr(self, field, getattr(configs, kind)(**given))
        load_general_plugins_at("engine-args")

    def _fill(self, name: str, **given: Any) -> Any:
        """Build a configuration from the arguments that have its fields' names."""
        made = getattr(configs, name, None)
        if made is None:
            return None
        values: Dict[str, Any] = {}
        for field in table("configs")[name]:
            source = _NAMES.get(field, field)
            if hasattr(self, source):
                values[field] = getattr(self, source)
        return made(**{**values, **given})

    def create_model_config(self) -> Any:
        """Build the model's configuration."""
        return self._fill("ModelConfig")

    def create_engine_config(self, usage_context: Any = None, **_: Any) -> Any:
        """Build all configurations; from 0.6.4 to 0.10.2 also settle whether the V1 engine is used."""
        if at_least("0.8.0"):
            from vllm.platforms import current_platform

            current_platform.pre_register_and_update()
        self._validate_environ()
        model_config = self.create_model_config()
        decide_v1(model_config)
        limit = model_config.max_model_len
        sequences = self.max_num_seqs or 128
        scheduler: Dict[str, Any] = {
            "max_num_seqs": sequences,
            "max_num_batched_tokens": getattr(self, "max_num_batched_tokens", None) or max(limit, 2048),
            "max_model_len": limit,
            "runner_type": model_config.runner_type,
            "is_encoder_decoder": model_config.is_encoder_decoder,
        }
        parts: Dict[str, Any] = {
            "model_config": model_config,
            "cache_config": self._fill("CacheConfig", block_size=getattr(self, "block_size", None) or 16),
            "parallel_config": self._fill("ParallelConfig"),
            "scheduler_config": self._fill(
                "SchedulerConfig",
                **{k: v for k, v in scheduler.items() if k in table("configs")["SchedulerConfig"]},
            ),
            "device_config": self._fill("DeviceConfig"),
            "load_config": self._fill("LoadConfig", load_format=str(self.load_format or "dummy")),
        }
        for field in ("compilation_config", "additional_config", "kv_transfer_config"):
            if field in table("configs").get("VllmConfig", {}) and getattr(self, field, None) is not None:
                parts[field] = getattr(self, field)
        return configs._AllConfigs(**parts)  # noqa: SLF001 - one name for both eras

    def _validate_environ(self) -> None:
        """Look for unknown VLLM_* variables (0.17.0); from 0.31.0 on the platform does."""
        rule = value("unknown_vllm_env")
        if rule == "ignored":
            return
        if rule == "platform-validates":
            from vllm.platforms import current_platform as judge
        else:
            from vllm import envs as judge
        judge.validate_environ(self.fail_on_environ_validation)

    @classmethod
    def from_cli_args(cls, args: Any) -> Any:
        """Build from parsed arguments."""
        names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: getattr(args, name) for name in names if hasattr(args, name)})

    @staticmethod
    def add_cli_args(parser: Any) -> Any:
        """Add an option for every argument."""
        known = {option for action in parser._actions for option in action.option_strings}  # noqa: SLF001 - argparse has no public way
        for name, encoded in table("configs")["EngineArgs"].items():
            option = "--" + name.replace("_", "-")
            if option in known:
                continue
            default = encoded[0] if isinstance(encoded, list) else None
            if isinstance(default, bool):
                parser.add_argument(option, action="store_true", default=default)
            else:
                kind = type(default) if isinstance(default, (int, float)) else str
                parser.add_argument(option, type=kind, default=default)
        return parser


EngineArgs = config_class("EngineArgs", globals(), _EngineArgsBase)


class _AsyncEngineArgsBase(_EngineArgsBase):
    """Arguments of an asynchronous engine."""

    @staticmethod
    def add_cli_args(parser: Any, async_args_only: bool = False) -> Any:
        """Add the options; from 0.7.3 the general plugins are loaded first.

        `vllm/engine/arg_utils.py:1412`.
        """
        load_general_plugins_at("parser")
        if not async_args_only:
            parser = _EngineArgsBase.add_cli_args(parser)
        if at_least("0.7.3"):
            from vllm.platforms import current_platform

            current_platform.pre_register_and_update(parser)
        return parser


AsyncEngineArgs = config_class("AsyncEngineArgs", globals(), _AsyncEngineArgsBase)

trim(globals())
