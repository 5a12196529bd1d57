"""The documented dummy text model, for the `compute_logits` of every release."""

from vllm.model_executor.models.opt import OPTForCausalLM


class MyOPTForCausalLM(OPTForCausalLM):
    """OPT whose likeliest token is 0."""

    def compute_logits(self, hidden_states, *args, **kwargs):
        """Overrule OPT's logits; the second argument went with 0.11.0."""
        logits = super().compute_logits(hidden_states, *args, **kwargs)
        if logits is not None:
            logits.zero_()
            logits[:, 0] += 1.0
        return logits
