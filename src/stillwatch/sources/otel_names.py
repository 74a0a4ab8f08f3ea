"""The names of the OpenTelemetry GenAI conventions, newest first, in one place.

The conventions are still in development and were renamed more than once: 1.27 renamed the token counts, 1.37 put
whole messages into attributes and replaced the events of 1.28 … 1.36, 1.37 also turned `gen_ai.system` into
`gen_ai.provider.name`; 1.42 moved them to a repository of their own. What is known of a span is the first alias that
it has, so a log that mixes generations is read as one.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CHOICE_EVENT", "DETAILS_EVENT", "MESSAGE_EVENTS", "NAMES", "NOT_INFERENCE", "OPERATIONS", "VERSION"]

VERSION = "1.42"

# Column, or part of one, to its attributes.
NAMES: Mapping[str, tuple[str, ...]] = {
    # Not in the conventions: what emitters use. The span's own attributes go before its resource's.
    "account_id": (
        "account.id", "customer.id", "gen_ai.account.id", "enduser.id", "user.id", "user_id",
        "traceloop.association.properties.user_id", "tenant.id",
    ),
    "org_id": ("organization.id", "org.id", "tenant.id", "gen_ai.organization.id"),
    "end_user_id": ("enduser.pseudo.id", "gen_ai.user.id", "gen_ai.openai.request.user", "llm.user"),
    "key_id": ("api_key.hash", "gen_ai.api_key.hash", "api_key.id"),
    "session_id": ("gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id"),
    "ip": ("client.address", "http.client_ip", "client.socket.address", "net.peer.ip"),
    "user_agent": ("user_agent.original", "http.user_agent"),
    "country": ("client.geo.country.iso_code", "geo.country.iso_code"),
    "status": ("http.response.status_code", "http.status_code"),
    "operation": ("gen_ai.operation.name", "llm.request.type"),
    "model": ("gen_ai.request.model", "gen_ai.response.model", "llm.request.model"),
    "exchange_id": ("gen_ai.response.id",),
    "finish_reason": ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason"),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    "temperature": ("gen_ai.request.temperature", "llm.temperature"),
    "top_p": ("gen_ai.request.top_p", "llm.top_p"),
    "max_tokens": ("gen_ai.request.max_tokens", "llm.request.max_tokens"),
    "n": ("gen_ai.request.choice.count",),
    "seed": ("gen_ai.request.seed", "gen_ai.openai.request.seed"),
    "stream": ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming"),
    "response_format": (
        "gen_ai.output.type", "gen_ai.request.response_format", "gen_ai.openai.request.response_format",
    ),
    "tools": ("gen_ai.tool.definitions", "gen_ai.request.tools"),
    "system": ("gen_ai.system_instructions",),
    "input": ("gen_ai.input.messages", "gen_ai.prompt"),
    "output": ("gen_ai.output.messages", "gen_ai.completion"),
}  # fmt: skip

# Since 1.37: one event with everything. Until 1.36: one event a message, and one a choice.
DETAILS_EVENT = "gen_ai.client.inference.operation.details"
MESSAGE_EVENTS: Mapping[str, str] = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.content.prompt": "user",
}
CHOICE_EVENT = ("gen_ai.choice", "gen_ai.content.completion")

OPERATIONS: Mapping[str, str] = {
    "chat": "chat",
    "generate_content": "chat",
    "text_completion": "completion",
    "completion": "completion",
    "embeddings": "embedding",
    "embedding": "embedding",
}

# Spans around or beside a model's answer: counting them would count the answer twice.
NOT_INFERENCE = frozenset({
    "execute_tool", "create_agent", "invoke_agent", "invoke_workflow", "retrieval", "rerank", "workflow", "task",
    "agent", "tool", "unknown",
})  # fmt: skip
