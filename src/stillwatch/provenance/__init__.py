"""Was that model trained on ours? Behaviour, timing and benchmarks of a suspect model, each with its error rate.

The three stay apart: `fingerprint` reads texts, `timeline` reads dates, `benchmarks` reads scores, so that none of them
borrows weight from another. `probing` asks the models the questions that `fingerprint` reads the answers to.
"""

__all__ = []
