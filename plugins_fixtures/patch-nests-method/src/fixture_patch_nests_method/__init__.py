"""Each call wraps a method of a vLLM class again, without functools.wraps."""


def register():
    """Wrap whatever stands there, the own wrapper included."""
    from vllm import LLM

    original = LLM.generate

    def generate(self, *args, **kwargs):
        """Generate, through one more frame."""
        return original(self, *args, **kwargs)

    LLM.generate = generate
