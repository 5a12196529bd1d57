"""Processors by model class.

`vllm/multimodal/registry.py`: kept and looked up, not run by the small engine.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional

from vllm._reference import at_least, trim
from vllm.logger import init_logger

logger = init_logger(__name__)


class _ProcessorFactories(NamedTuple):
    """What makes a processor."""

    processor: Any
    info: Any = None
    dummy_inputs: Any = None


class MultiModalRegistry:
    """Processors, and before 0.8.0 input mappers, by model class."""

    def __init__(self) -> None:
        self._processor_factories: Dict[Any, _ProcessorFactories] = {}
        self.input_mappers: Dict[Any, Any] = {}
        self.max_tokens: Dict[Any, Any] = {}

    def _keep(self, model_cls: Any, factories: _ProcessorFactories) -> Any:
        if model_cls in self._processor_factories:
            logger.warning(
                "Model class %s already has a multi-modal processor registered to %s. It is "
                "overwritten by the new one.",
                model_cls,
                self,
            )
        self._processor_factories[model_cls] = factories
        if at_least("0.9.0"):
            model_cls._processor_factory = factories  # noqa: SLF001 - the release's attribute
        return model_cls

    if at_least("0.7.0"):

        def register_processor(self, processor: Any, *, info: Any, dummy_inputs: Any) -> Callable[[Any], Any]:
            """Decorate: register what makes the processor of a model class."""
            return lambda model_cls: self._keep(model_cls, _ProcessorFactories(processor, info, dummy_inputs))

    elif at_least("0.6.5"):

        def register_processor(self, factory: Any) -> Callable[[Any], Any]:  # type: ignore[misc]
            """Decorate: register the processor of a model class."""
            return lambda model_cls: self._keep(model_cls, _ProcessorFactories(factory))

    if not at_least("0.8.4"):

        def register_image_input_mapper(self, mapper: Optional[Any] = None) -> Callable[[Any], Any]:
            """Decorate: keep the image mapper of a model class."""

            def decorate(model_cls: Any) -> Any:
                self.input_mappers[model_cls] = mapper
                return model_cls

            return decorate

        def register_input_mapper(
            self, data_type_key: str, mapper: Optional[Any] = None
        ) -> Callable[[Any], Any]:
            """Decorate: keep the mapper of one modality."""
            del data_type_key
            return self.register_image_input_mapper(mapper)

        def register_max_image_tokens(self, max_mm_tokens: Optional[Any] = None) -> Callable[[Any], Any]:
            """Decorate: keep the largest number of image tokens."""

            def decorate(model_cls: Any) -> Any:
                self.max_tokens[model_cls] = max_mm_tokens
                return model_cls

            return decorate

        def register_max_multimodal_tokens(
            self, data_type_key: str, max_mm_tokens: Optional[Any] = None
        ) -> Callable[[Any], Any]:
            """Decorate: keep the largest number of tokens of one modality."""
            del data_type_key
            return self.register_max_image_tokens(max_mm_tokens)

    def has_processor(self, model_config: Any) -> bool:
        """Tell whether the model's class has a processor."""
        from vllm._reference.engine.construction import architecture

        return architecture(model_config)[0] in self._processor_factories


trim(globals())
