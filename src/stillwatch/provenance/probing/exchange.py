"""One request and what came back, bounded in time and size: a hostile server can waste neither for long."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import msgspec

from stillwatch.provenance.probing.keys import Keys
from stillwatch.provenance.probing.protocols import request_body, request_headers
from stillwatch.provenance.probing.targets import Target

__all__ = ["LARGEST_REPLY", "Lost", "Reply", "client_for", "exchange"]

LARGEST_REPLY = 4 * 2**20  # bytes


class Lost(Exception):
    """No whole reply arrived. `code` says why; `billed` whether the provider may have answered and charge for it;
    `final` whether trying again cannot help."""

    def __init__(self, code: str, *, billed: bool, final: bool = False):
        super().__init__(code)
        self.code, self.billed, self.final = code, billed, final


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole reply. `payload` is None where the body is no JSON; keys that it echoed are out of it already."""

    status: int
    payload: Any
    retry_after: str | None


def client_for(target: Target, seconds: float) -> httpx2.AsyncClient:
    """Checks certificates and follows no redirect: a key goes to the host it was meant for, or nowhere."""
    limits = httpx2.Limits(max_connections=target.concurrency, max_keepalive_connections=target.concurrency)
    return httpx2.AsyncClient(follow_redirects=False, limits=limits, timeout=httpx2.Timeout(seconds))


async def exchange(client: httpx2.AsyncClient, target: Target, prompt: str, keys: Keys, seconds: float) -> Reply:
    """Asks once. `seconds` bound the whole of it, however slowly the server drips. Raises Lost."""
    headers = request_headers(target) | keys.headers(target)
    try:
        async with asyncio.timeout(seconds):
            body = request_body(target, prompt)
            async with client.stream("POST", target.url, content=body, headers=headers) as response:
                raw = await _bounded(response)
                return Reply(
                    status=response.status_code,
                    payload=keys.scrub(_decoded(raw)),
                    retry_after=response.headers.get("retry-after"),
                )
    except TimeoutError:
        raise Lost("timeout", billed=True) from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise Lost("certificate not accepted", billed=False, final=True) from None
        raise Lost("cannot connect", billed=False) from None
    except httpx2.TimeoutException:
        raise Lost("timeout", billed=True) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError):
        raise Lost("connection lost", billed=True) from None


async def _bounded(response: httpx2.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise Lost("compressed reply", billed=True)
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > LARGEST_REPLY:
            raise Lost("reply too large", billed=True)
        chunks.append(chunk)
    return b"".join(chunks)


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
