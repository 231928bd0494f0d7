"""Commands on screen: form, queue, stages, recall."""
