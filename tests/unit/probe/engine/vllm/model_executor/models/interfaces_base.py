"""What kinds of model there are."""


def is_text_generation_model(model):
    """Tell whether a class has logits."""
    return hasattr(model, "compute_logits")


def is_pooling_model(model):
    """Tell whether a class has a pooler."""
    return hasattr(model, "pooler")
