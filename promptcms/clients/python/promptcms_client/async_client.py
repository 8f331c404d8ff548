"""The client for asyncio: the same cache; a get that must wait does so in a thread."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from promptcms_client.client import Client, Fallback
from promptcms_client.errors import BadRequest, PromptcmsError
from promptcms_client.prompt import Prompt

THREADS = 8
Answer = TypeVar("Answer")


class AsyncClient:
    """`Client` for asyncio; takes the same arguments, or an existing one as `client`.

    What is in memory is returned without leaving the loop, which is never blocked.
    """

    def __init__(self, *arguments: Any, client: Client | None = None, **settings: Any) -> None:
        self.client = client or Client(*arguments, **settings)
        self._threads: ThreadPoolExecutor | None = None
        self._process = 0

    async def get_prompt(
        self,
        name: str,
        *,
        label: str | None = None,
        version: str | None = None,
        unit: str | None = None,
        fallback: Fallback | None = None,
    ) -> Prompt:
        """Return the prompt; see `Client.get_prompt`."""
        try:
            prompt = self.client.ready(name, label, version, unit)
            if prompt is not None:
                return prompt
        except PromptcmsError as error:
            if fallback is None or isinstance(error, BadRequest):
                raise
            return self.client.fallback(name, label, version, fallback, error)
        ask = partial(
            self.client.get_prompt,
            name,
            label=label,
            version=version,
            unit=unit,
            fallback=fallback,
        )
        return await self._in_thread(ask)

    def report(self, prompt: Prompt, **measured: Any) -> None:
        """Tell how a call went; see `Client.report`. Returns at once."""
        self.client.report(prompt, **measured)

    async def flush(self, timeout: float = 5.0) -> int:
        """Send the reports that wait; return how many were lost or still wait."""
        return await self._in_thread(partial(self.client.flush, timeout))

    async def close(self, timeout: float = 5.0) -> None:
        """Send the reports that wait, end the threads, close the connections."""
        await self._in_thread(partial(self.client.close, timeout))
        if self._threads:
            self._threads.shutdown(wait=False)
            self._threads = None

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _in_thread(self, call: Callable[[], Answer]) -> Answer:
        """Run what may wait beside the loop, in threads of this process (a fork has none)."""
        if self._threads is None or self._process != os.getpid():
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="promptcms-get")
            self._process = os.getpid()
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
