"""The processor; imported when a model asks for it."""

from vllm.plugins.io_processors.interface import IOProcessor


class FixtureProcessor(IOProcessor):
    """Hands everything through."""

    def __init__(self, vllm_config):
        """Take the configuration alone."""
        self.vllm_config = vllm_config

    def parse_request(self, request):
        """Take a request, as releases before 0.17.0 ask."""
        return request

    def output_to_response(self, plugin_output):
        """Make a response, as releases before 0.17.0 ask."""
        return plugin_output

    def parse_data(self, data):
        """Take a request, as 0.17.0 and later ask."""
        return data

    def merge_sampling_params(self, params=None):
        """Hand the parameters through."""
        return params

    def merge_pooling_params(self, params=None):
        """Hand the parameters through."""
        return params

    def pre_process(self, prompt, request_id=None, **kwargs):
        """Hand the prompt through."""
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        """Hand the output through."""
        return model_output
