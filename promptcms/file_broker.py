"""The file broker of the embedded default: Kombu's own, but a message appears only when whole.

Kombu writes a message into the very file that a worker looks for. Between its making and its
writing a worker can take the empty file, and such a message ends the worker. Folders that
somebody deleted are made again: they too would end the worker, and keep the timer from ticking.
"""

import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Messages are written beside their name and then moved to it, which is one step."""

    # Its two bases name the arguments differently.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Add a message to `queue`, after those that are there."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        path = Path(self.data_folder_out) / name
        unseen = path.with_name(f"{name}.new")  # no worker looks for such names
        path.parent.mkdir(parents=True, exist_ok=True)
        unseen.write_bytes(str_to_bytes(dumps(payload)))
        os.replace(unseen, path)

    def _get(self, queue: str) -> Any:  # type: ignore[override]
        """Take the oldest message of `queue`. Raises Empty."""
        try:
            return super()._get(queue)
        except FileNotFoundError:
            Path(self.data_folder_in).mkdir(parents=True, exist_ok=True)
            raise Empty from None


class Transport(filesystem.Transport):
    """Kombu's transport with that channel."""

    Channel = Channel


def use() -> None:
    """Let the address `filesystem://` mean this transport, in this process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
