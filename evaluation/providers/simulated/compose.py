"""Composing the simulated answer: stock sentences around facts, cut to the limits."""

import re
from dataclasses import dataclass

from evaluation.providers.simulated.phrases import PHRASES, Phrases, language_of
from evaluation.providers.simulated.reading import Reading, sentences


@dataclass(frozen=True)
class Line:
    """A sentence, and how dear it is: the cheapest are dropped first to meet a limit."""

    text: str
    worth: int


def answer(reading: Reading) -> str:
    """Return the whole answer as text."""
    wishes = reading.wishes
    hello = _greeting(reading)
    lines = _keep_in_limits(_without(_lines(reading), wishes.leave_out), reading, hello)
    separator = "\n- " if wishes.bullets else " "
    text = separator.join(line.text for line in lines)
    if wishes.bullets:
        text = f"- {text}"
    text = f"{hello}\n{text}" if hello else text
    text = f"{wishes.start_with} {text}" if wishes.start_with else text
    text = f"{text} 🙂" if wishes.emoji else text
    return f"{text}\n{wishes.sign_off}" if wishes.sign_off else text


def facts_for(reading: Reading, most: int = 2) -> list[str]:
    """Return the facts that share most words with the question, in their own order.

    Where none does, the first ones: whoever chose them for this case had a reason.
    """
    asked = _stems(reading.query)
    scored = [(len(asked & _stems(fact)), fact) for fact in reading.facts]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])[:most]
    chosen = [fact for score, fact in scored if (score, fact) in best]
    return chosen[:most] or list(reading.facts[:most]) or sentences(reading.reference)[:most]


def _lines(reading: Reading) -> list[Line]:
    """Return everything the answer would say without limits, in its order."""
    wishes, say = reading.wishes, _phrases(reading)
    facts = facts_for(reading)
    if wishes.summary:
        return [Line(text, 9 - n) for n, text in enumerate(_summary(reading))]
    lines = []
    if wishes.thanks:
        lines.append(Line(say.thanks, 2))
    if wishes.apology:
        lines.append(Line(say.sorry, 6))
    if wishes.order_number:
        number = reading.order_number
        lines.append(Line(say.order.format(number=number) if number else say.ask_order, 7))
    lines += [Line(fact, 9) for fact in facts]
    lines += _beyond_the_facts(reading, say, known=bool(facts))
    lines += [Line(_note(phrase), 7) for phrase in wishes.include]
    if wishes.cite and facts:
        lines.append(Line(f"(Source: {reading.source})", 6))
    if wishes.ask_back:
        lines.append(Line(say.ask_back, 4))
    if wishes.offer_help:
        lines.append(Line(say.offer_help, 3))
    if wishes.brief is None and wishes.max_sentences is None:
        lines.append(Line(say.filler, 0))
    return lines


def _greeting(reading: Reading) -> str:
    if not reading.wishes.greeting or reading.wishes.summary:
        return ""
    hello = _phrases(reading).hello.format(name=reading.name)
    return hello if reading.name else hello.replace(" ,", ",").replace(", :", ":")


def _beyond_the_facts(reading: Reading, say: Phrases, *, known: bool) -> list[Line]:
    """Return what a careless model adds: a guess, a promise. Orders in the prompt prevent it."""
    wishes, lines = reading.wishes, []
    if not known:
        lines.append(Line(say.unknown, 9))
    if not wishes.grounded:
        lines.append(Line(say.guess, 1))
    if reading.is_complaint and (wishes.refund or (wishes.refund is None and not wishes.grounded)):
        lines.append(Line(say.refund, 5))
    if reading.is_complaint and wishes.escalate:
        lines.append(Line(say.escalate, 5))
    return lines


def _phrases(reading: Reading) -> Phrases:
    wishes = reading.wishes
    mirrored = language_of(reading.query) if wishes.mirror_language else "en"
    return PHRASES[wishes.language or mirrored]


def _summary(reading: Reading) -> list[str]:
    source = sentences(reading.query) or list(reading.facts)
    return source[: reading.wishes.sentence_limit() or 3]


def _note(phrase: str) -> str:
    """Return a sentence that says `phrase`; one that is a sentence already stays as it is."""
    if phrase[:1].isupper():
        return phrase if phrase[-1] in ".!?" else f"{phrase}."
    return f"Please note {'that ' if ' ' in phrase and _has_verb(phrase) else ''}{phrase}."


def _has_verb(phrase: str) -> bool:
    return bool(re.search(r"\b(?:is|are|was|takes?|can|must|will|has|have|cost|costs)\b", phrase))


def _without(lines: list[Line], unwanted: list[str]) -> list[Line]:
    stems = [phrase.lower().rstrip("s") for phrase in unwanted]
    return [line for line in lines if not any(stem in line.text.lower() for stem in stems)]


def _keep_in_limits(lines: list[Line], reading: Reading, hello: str) -> list[Line]:
    """Drop the cheapest sentences until the limits hold, then cut the last one's words."""
    most_sentences = reading.wishes.sentence_limit()
    most_words = reading.wishes.max_words
    if most_words:
        most_words = max(1, most_words - len(hello.split()))
    lines = list(lines)
    while len(lines) > 1 and (
        (most_sentences and len(lines) > most_sentences)
        or (most_words and _count(lines) > most_words)
    ):
        lines.remove(min(reversed(lines), key=lambda line: line.worth))
    if lines and most_words and _count(lines) > most_words:
        return [Line(" ".join(lines[0].text.split()[:most_words]), lines[0].worth)]
    return lines


def _count(lines: list[Line]) -> int:
    return sum(len(line.text.split()) for line in lines)


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w{4,}", text.lower())}
