"""The embedded broker: a worker never takes a message that is not written yet, nor ends for one."""

import shutil
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.simple import SimpleQueue

from promptcms import file_broker


@pytest.fixture
def broker(tmp_path: Path) -> Connection:
    """A broker in folders of its own."""
    names = ("data_folder_in", "processed_folder", "control_folder")
    folders = {name: str(tmp_path / name) for name in names}
    for folder in folders.values():
        Path(folder).mkdir()
    file_broker.use()
    options = {**folders, "data_folder_out": folders["data_folder_in"]}
    return Connection("filesystem://localhost", transport_options=options)


def test_a_message_that_is_being_written_is_not_there_yet_and_then_is_there_whole(
    broker: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = broker.SimpleQueue("work"), broker.clone().SimpleQueue("work")
    really_write = Path.write_bytes
    looked = []

    def look_in_the_middle(path: Path, text: bytes) -> Any:
        path.touch()
        with pytest.raises(Empty):
            reader.get_nowait()
        looked.append(path)
        return really_write(path, text)

    monkeypatch.setattr(Path, "write_bytes", look_in_the_middle)
    writer.put({"row": 1})
    assert len(looked) == 1
    assert taken(reader) == {"row": 1}


def test_a_deleted_folder_is_made_again_by_whoever_reads_or_writes_first(
    broker: Connection, tmp_path: Path
) -> None:
    reader, writer = broker.SimpleQueue("next"), broker.clone().SimpleQueue("next")
    shutil.rmtree(tmp_path / "data_folder_in")
    with pytest.raises(Empty):
        reader.get_nowait()
    shutil.rmtree(tmp_path / "data_folder_in")
    writer.put({"row": 2})
    assert taken(reader) == {"row": 2}


def taken(queue: SimpleQueue) -> Any:
    """Take the next message for good; return what it says."""
    message = queue.get_nowait()
    message.ack()
    return message.payload
