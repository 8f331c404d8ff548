"""Bodies made of very many very short messages, refused before they take a hundred times the room.

A message of two bytes takes two hundred once it is read. Eight megabytes of them would take
most of a gigabyte, so larger bodies are counted through first. Real spans are far from it.
"""

from evaluation.online.otlp.spans import MOST_PARTS, TooLargeError, UndecodableError

HARMLESS = 1024 * 1024  # bytes that are not worth counting
MOST_FIELDS = 4 * MOST_PARTS  # each takes no room, but time to walk over

# Which fields of a message are messages, and of which kind (opentelemetry-proto, trace/v1).
_ANY: dict[int, object] = {}
_PAIR: dict[int, object] = {2: _ANY}
_ANY |= {5: {1: _ANY}, 6: {1: _PAIR}}
_SPAN: dict[int, object] = {9: _PAIR, 11: {3: _PAIR}, 13: {4: _PAIR}, 15: {}}
_SCOPE: dict[int, object] = {1: {3: _PAIR}, 2: _SPAN}
_REQUEST: dict[int, object] = {1: {1: {1: _PAIR}, 2: _SCOPE}}
_FIXED = {1: 8, 5: 4}  # bytes of a value, by wire type


def refuse_crowds(body: bytes) -> None:
    """Raise TooLargeError if reading `body` would make too many messages.

    Raises UndecodableError for what is no protobuf at the places it looks at.
    """
    if len(body) <= HARMLESS:
        return
    messages, fields = MOST_PARTS, MOST_FIELDS
    waiting: list[tuple[dict[int, object], int, int]] = [(_REQUEST, 0, len(body))]
    while waiting:
        kinds, position, end = waiting.pop()
        while position < end:
            fields -= 1
            if messages < 0 or fields < 0:
                raise TooLargeError("The body holds too many values. Send fewer spans at once.")
            tag, position = _varint(body, position, end)
            kind = tag & 7
            if kind == 2:
                length, position = _varint(body, position, end)
                inner = kinds.get(tag >> 3)
                if isinstance(inner, dict) and position + length <= end:
                    messages -= 1
                    if length:
                        waiting.append((inner, position, position + length))
                position += length
            elif kind == 0:
                _, position = _varint(body, position, end)
            else:
                position += _fixed(kind)


def _varint(body: bytes, position: int, end: int) -> tuple[int, int]:
    """Return the number at `position`, and where it ends."""
    value = shift = 0
    while position < end and shift < 70:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise UndecodableError("The body is not protobuf: it ends within a number.")


def _fixed(kind: int) -> int:
    if kind not in _FIXED:
        raise UndecodableError("The body is not a protobuf ExportTraceServiceRequest.")
    return _FIXED[kind]
