"""Was a model trained on marked text? Its answers or its probabilities against an unmarked reference, key by key."""

__all__ = []
