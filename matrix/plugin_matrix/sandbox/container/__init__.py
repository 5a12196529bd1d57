"""Where foreign code runs in containers: the engine, the platforms' images, and what is labelled as ours."""
