"""A model whose answer depends on the process."""

from torch import nn

from fixture_tokens_differ_in_children import FIRST


class FixtureModel(nn.Module):
    """A model whose answer depends on the process."""

    def __init__(self, *, vllm_config=None, prefix="", config=None, cache_config=None, quant_config=None):
        """Take this release's parameters or those from before 0.6.4."""
        super().__init__()
        hf_config = config if vllm_config is None else vllm_config.model_config.hf_config
        self.embedding = nn.Embedding(hf_config.vocab_size, hf_config.hidden_size)

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
        """Make token 0 the likeliest in the first process and token 1 elsewhere."""
        token = 0 if FIRST else 1
        scores = hidden_states.new_zeros(hidden_states.shape[0], self.embedding.num_embeddings)
        scores[:, token] = 1.0
        return scores

    def sample(self, logits, sampling_metadata):
        """Sample the way releases before 0.8.5 ask."""
        from vllm.model_executor.layers.sampler import Sampler

        return Sampler()(logits, sampling_metadata)

    def load_weights(self, weights):
        """Consume the weights; None asks for no check that all were loaded."""
        for _ in weights:
            pass
