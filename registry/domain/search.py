"""Words as the search compares them: of a prompt's name, title, tags and texts, and as typed.

One prompt is kept as a line of words, each once. A leading sign says what a word is, so that
one index answers all questions: `=refunds` stands in the name, title or tags, `@support_eu`
is a whole tag, `#12` is the project, and plain `refunds` stands anywhere.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

WORD_LETTERS = 60
LINE_BYTES = 400 * 1024
TYPED_WORDS = 8

# Scripts without spaces are kept by the letter: what is typed is a part of a run of letters.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def words_in(text: str) -> list[str]:
    """Return the words of `text` in their order: lower case, without accents, at most 60 letters.

    >>> words_in("support/Refunds_EU: Café")
    ['support', 'refunds', 'eu', 'cafe']
    """
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in apart if not unicodedata.combining(c)).casefold()
    return [word[:WORD_LETTERS] for word in _WORD.findall(plain)]


def tag_word(tag: str) -> str:
    """Return the one word that stands for a whole tag."""
    return "@" + "_".join(words_in(tag))


def project_word(project: int) -> str:
    """Return the one word that stands for the project with this id."""
    return f"#{project}"


def line_of(
    project: int, *, names: Iterable[str], tags: Iterable[str], texts: Iterable[str]
) -> str:
    """Return the words of one prompt, each once, at most 400 KiB: what people call it comes first.

    `names` are name, aliases and title; `texts` are what its versions say.
    """
    tags = list(tags)
    called = [word for name in (*names, *tags) for word in words_in(name)]
    said = (word for text in texts for word in words_in(text))
    line = [project_word(project), *map(tag_word, tags), *(f"={word}" for word in called)]
    return _bounded([*line, *called, *said])


def texts_in(content: Any) -> Iterator[str]:
    """Yield the texts of a stored `Version.content`: one text, or those of its messages."""
    for part in [content] if isinstance(content, str) else content or ():
        text = part if isinstance(part, str) else part.get("content")
        if isinstance(text, str):
            yield text


def folder_of(name: str) -> str:
    """Return the folder of a prompt's name with its last slash, "" for none.

    >>> folder_of("support/eu/refunds")
    'support/eu/'
    """
    return name[: name.rfind("/") + 1]


def typed_words(text: str) -> list[str]:
    """Return the words to look for, each once, at most 8."""
    return list(dict.fromkeys(words_in(text)))[:TYPED_WORDS]


def _bounded(words: Iterable[str]) -> str:
    kept, room = [], LINE_BYTES
    for word in dict.fromkeys(words):
        room -= len(word.encode()) + 1
        if room < 0:
            break
        kept.append(word)
    return " ".join(kept)
