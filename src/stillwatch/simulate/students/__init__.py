"""Toy language models that we own: a teacher, a base, and students trained on the teacher's answers.

Everything is made here from packages alone (two public-domain translations of one book), on a processor, in minutes.
They stand in for the real thing wherever a mark must be followed through distillation: experiment, drill and tests.
"""

__all__ = []
