"""A model with the constructor of releases before 0.6.4."""

from torch import nn


class FixtureModel(nn.Module):
    """A model with the constructor of releases before 0.6.4."""

    def __init__(self, config, cache_config=None, quant_config=None):
        """Take the parts of the configuration one by one."""
        super().__init__()
        self.embedding = nn.Embedding(config.vocab_size, config.hidden_size)

    def embed_input_ids(self, input_ids, *args, **kwargs):
        """Embed tokens, as 0.11.1 and later ask."""
        return self.embedding(input_ids)

    def get_input_embeddings(self, input_ids, *args, **kwargs):
        """Embed tokens, as releases before 0.13.0 ask."""
        return self.embedding(input_ids)

    def forward(
        self,
        input_ids,
        positions,
        kv_caches=None,
        attn_metadata=None,
        intermediate_tensors=None,
        inputs_embeds=None,
        **kwargs,
    ):
        """Return the embeddings; the parameters are those of all releases together."""
        return self.embedding(input_ids) if inputs_embeds is None else inputs_embeds

    def compute_logits(self, hidden_states, sampling_metadata=None):
        """Make token 0 the likeliest."""
        scores = hidden_states.new_zeros(hidden_states.shape[0], self.embedding.num_embeddings)
        scores[:, 0] = 1.0
        return scores

    def sample(self, logits, sampling_metadata):
        """Sample the way releases before 0.8.5 ask."""
        from vllm.model_executor.layers.sampler import Sampler

        return Sampler()(logits, sampling_metadata)

    def load_weights(self, weights):
        """Consume the weights; None asks for no check that all were loaded."""
        for _ in weights:
            pass
