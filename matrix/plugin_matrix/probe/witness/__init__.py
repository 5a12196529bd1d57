"""Small programs that a prediction says fail on this engine, run one after the other.

Nothing of a plugin's is here: a program holds what the plugin does with vLLM as data. What is told of each is
how far it came and what it raised; what that means is for the harness to say.
"""
