"""What a prompt asks of its model, read from its sentences by a small table.

Each row is a pattern and what it sets. A negation just before the words that were found
turns the row round (“never promise a refund”); “if the customer is angry, …” counts only
where a word of the condition stands in the customer's message.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
LANGUAGES = {"english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it"}


@dataclass
class Wishes:
    """What the prompt asks for. None means that it says nothing about it."""

    as_json: bool | None = None
    bullets: bool | None = None
    greeting: bool | None = None
    apology: bool | None = None
    thanks: bool | None = None
    order_number: bool | None = None
    refund: bool | None = None
    grounded: bool | None = None
    summary: bool | None = None
    escalate: bool | None = None
    ask_back: bool | None = None
    offer_help: bool | None = None
    cite: bool | None = None
    emoji: bool | None = None
    brief: bool | None = None
    language: str | None = None
    mirror_language: bool | None = None
    max_words: int | None = None
    max_sentences: int | None = None
    start_with: str | None = None
    sign_off: str | None = None
    fields: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    include: list[str] = field(default_factory=list)
    leave_out: list[str] = field(default_factory=list)

    def sentence_limit(self) -> int | None:
        """Return the most sentences allowed; “be brief” means two."""
        return self.max_sentences or (2 if self.brief else None)


@dataclass(frozen=True)
class Rule:
    """One row: where `pattern` is found, `wish` becomes what `value` makes of it.

    Without `value` the wish is yes, or no after a negation. `against` names the wish that a
    negation sets instead; without it a negated value is ignored.
    """

    wish: str
    pattern: str
    value: Callable[[re.Match[str]], object] | None = None
    against: str = ""


def _number(match: re.Match[str]) -> int:
    word = match["number"].lower()
    return NUMBERS.index(word) + 1 if word in NUMBERS else int(word)


def _words(match: re.Match[str]) -> list[str]:
    """Return the single words of a list such as “answer, `category` and priority”."""
    return [word for word in re.findall(r"\w+", match["list"]) if word.lower() not in ("and", "or")]


def _names(match: re.Match[str]) -> list[str]:
    """Return the entries of a list such as “billing, delivery status or other”."""
    parts = re.split(r",|\||/|\bor\b|\band\b", match["list"])
    names = [name for part in parts if (name := part.strip(" \t`'\"“”"))]
    return names if len(names) > 1 else []


def _phrase(match: re.Match[str]) -> str:
    return match["phrase"].split(" and ")[0].strip(" \"“”'`")


_COUNT = rf"(?<!at least )(?P<number>\d{{1,4}}|{'|'.join(NUMBERS)})"
_QUOTED = r"[\"“'`](?P<phrase>[^\"”'`]{2,80})[\"”'`]"
_WORD, _NAME = r"[`'\"“]?\w+[`'\"”]?", r"[`'\"“]?[\w-]+(?: [\w-]+)?[`'\"”]?"
_AND = r"(?:, and |, or |, ?| and | or | ?\| ?)"
_WORDS, _NAMES = (rf"(?P<list>{one}(?:{_AND}{one})*)" for one in (_WORD, _NAME))
_SAY = (
    r"\b(?:mention|includ|quot|repeat|stat|confirm|refer|giv|us)(?:e|es|ed|ing|s)?\b[\w ,']{0,30}?"
)

RULES = (
    Rule("as_json", r"\bjson\b"),
    Rule("fields", rf"\b(?:keys|fields|properties)\b(?: are)?:? {_WORDS}", _words),
    Rule("fields", r'"(?P<list>\w+)"\s*:', _words),
    Rule("labels", rf"\bone of(?:[\w ]{{0,40}}:| these| the following)? {_NAMES}", _names),
    Rule(
        "labels", rf"\bclassify\b[\w ,]{{0,60}}?\b(?:as|into)\b(?:[\w ]{{0,40}}:)? {_NAMES}", _names
    ),
    Rule("bullets", r"\bbullets?\b|\bnumbered list\b|\blist of steps\b"),
    Rule(
        "greeting",
        r"\bgreet|\baddress the customer|\bby (?:first )?name\b|\buse [\w ']{0,20}\bname\b",
    ),
    Rule("apology", r"\bapologi[sz]e|\bsay sorry\b|\ban apology\b"),
    Rule("thanks", r"\bthank (?:the|them|you)\b|\bfriendly\b|\bwarm\b"),
    Rule(
        "order_number", rf"{_SAY}\b(?:order|ticket|booking|reference|case|invoice) (?:number|id)\b"
    ),
    Rule("refund", r"\b(?:promis|offer|guarante|grant|giv)\w*\b[\w ,]{0,30}?\brefunds?\b"),
    Rule("grounded", r"\b(?:only|solely|strictly)\b[\w ]{0,30}\b(?:context|polic|information)"),
    Rule("grounded", r"\b(?:never|not|n't) (?:\w+ ){0,2}(?:make up|invent|guess|speculate)"),
    Rule("summary", r"\bsummar(?:y|i[sz]e)"),
    Rule("escalate", r"\bescalate|\bhand (?:it )?(?:over|off)\b|\bhuman agent\b|\ba colleague\b"),
    Rule("ask_back", r"\bclarifying question|\bask for (?:more|missing) "),
    Rule("offer_help", r"\b(?:further|more|any other|additional) help\b|\banything else\b"),
    Rule("cite", r"\bcite\b|\b(?:name|quote) the source\b"),
    Rule("emoji", r"\bemojis?\b"),
    Rule("brief", r"\b(?:brief|briefly|concise|concisely|short)\b"),
    Rule("mirror_language", r"\b(?:same language|customer's language|language of the customer)\b"),
    Rule(
        "language",
        rf"\bin (?P<phrase>{'|'.join(LANGUAGES)})\b(?!-)",
        lambda match: LANGUAGES[match["phrase"].lower()],
    ),
    Rule("max_words", rf"\b{_COUNT}[ -]words?\b", _number),
    Rule("max_sentences", rf"\b{_COUNT} (?:short |brief )?sentences?\b", _number),
    Rule("start_with", rf"\b(?:start|begin|open)\b[\w ]{{0,20}} with {_QUOTED}", _phrase),
    Rule("sign_off", rf"\b(?:sign|close|end)\b[\w ]{{0,20}} (?:as|with) {_QUOTED}", _phrase),
    Rule(
        "include",
        rf"\b(?:say|include|mention|use|add|write)\b[\w ]{{0,20}} {_QUOTED}",
        _phrase,
        against="leave_out",
    ),
    Rule(
        "include",
        r"\b(?:mention|point out|remind \w+|discuss|talk about)\b (?:that )?"
        r"(?![\w' ]*\b(?:numbers?|ids?|name)\b)(?P<phrase>(?:[\w'%-]+ ){0,11}[\w'%-]{3,})",
        _phrase,
        against="leave_out",
    ),
)

_NEGATION = re.compile(
    r"\b(?:never|not|no|n't|don't|without|avoid|refrain from)\b[^.;:,]{0,24}$", re.I
)
_NO_NEGATION = re.compile(r"\bnot (?:forget|only)|\bno (?:more|fewer|less) than\b", re.I)
_CLAUSE = re.compile(r"[^\n.;!?]+(?:\.(?=\d)[^\n.;!?]+)*")
_CONDITION = re.compile(r"\b(?:if|when|whenever|in case)\b(?P<condition>[^,]+)", re.I)
_COMMON = {"customer", "customers", "asks", "about", "their", "there", "message", "question"}
_NUMBER_WISHES = ("max_words", "max_sentences")


def read_wishes(prompt: str, query: str) -> Wishes:
    """Return what `prompt` asks for, given the customer's message. The last word counts."""
    wishes = Wishes()
    for clause in _clauses(prompt, query):
        for rule in RULES:
            for match in re.finditer(rule.pattern, clause, re.IGNORECASE):
                _apply(wishes, rule, match, negated=_is_negated(clause, match.start()))
    return wishes


def _clauses(prompt: str, query: str) -> Iterator[str]:
    """Yield the clauses without what hangs on a condition that does not hold.

    “If A, do B” drops the whole clause, “do B if A, and do C” the part up to the comma.
    """
    for match in _CLAUSE.finditer(prompt.replace("’", "'")):
        clause = match[0]
        condition = _CONDITION.search(clause)
        if condition is None or _is_met(condition["condition"], query):
            yield clause
        elif clause[: condition.start()].strip(" -*,"):
            begin = clause.rfind(",", 0, condition.start()) + 1
            yield clause[:begin] + clause[condition.end() :]


def _is_met(condition: str, query: str) -> bool:
    """Tell whether a telling word of the condition stands in the message (or there is none)."""
    words = {word for word in re.findall(r"\w{4,}", condition.lower()) if word not in _COMMON}
    return not words or any(word[:5] in query.lower() for word in words)


def _is_negated(clause: str, start: int) -> bool:
    before = clause[:start]
    return bool(_NEGATION.search(before)) and not _NO_NEGATION.search(before[-40:])


def _apply(wishes: Wishes, rule: Rule, match: re.Match[str], *, negated: bool) -> None:
    if rule.value is None:
        setattr(wishes, rule.wish, not negated)
        return
    wish = rule.against if negated and rule.wish not in _NUMBER_WISHES else rule.wish
    if not wish:
        return
    value, old = rule.value(match), getattr(wishes, wish)
    if isinstance(old, list):
        new = value if isinstance(value, list) else [value]
        old.extend(item for item in new if item not in old)
    else:
        setattr(wishes, wish, value)
