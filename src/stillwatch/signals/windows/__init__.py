"""Two-sample tests on prompts: is this window of prompts unlike what honest tenants ask?

Contracts: `WindowTest` judges windows of pooled traffic, `TenantTest` units against single honest tenants,
`UnusualPrompts` (SW130) groups within a scan; `Spending` and `Capital` keep the promise over sizes and days,
`DriftingReference` the reference; `by_prompt` and `by_account` say who drives a deviation; `KernelTest` is the
baseline; `Embedder` puts an embedding model in the place of the content sketch.
"""

from stillwatch.signals.windows.embeddings import Embedder, embedding
from stillwatch.signals.windows.kernel_test import KernelTest, kernel_of
from stillwatch.signals.windows.localise import by_account, by_prompt
from stillwatch.signals.windows.looks import Capital, Spending, e_value, e_value_of_sizes
from stillwatch.signals.windows.prompts import Prompts
from stillwatch.signals.windows.reference import DriftingReference
from stillwatch.signals.windows.tenants import TenantTest
from stillwatch.signals.windows.unusual_prompts import UnusualPrompts
from stillwatch.signals.windows.window_test import Verdict, WindowTest

__all__ = [
    "Capital",
    "DriftingReference",
    "Embedder",
    "KernelTest",
    "Prompts",
    "Spending",
    "TenantTest",
    "UnusualPrompts",
    "Verdict",
    "WindowTest",
    "by_account",
    "by_prompt",
    "e_value",
    "e_value_of_sizes",
    "embedding",
    "kernel_of",
]
