"""The floor of changed words: would a product manager agree?"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.content import Content
from registry.domain.risk import Floor, floor, words_changed_share
from registry.domain.semver import Bump
from tests.domain.strategies import chat, contents, text

SHOP = (
    "You are a helpful assistant for an online shop. Answer the customer's question in at most "
    "300 words. Do not promise a refund. If you are not sure, ask the customer for more details "
    "and say that a colleague will call back. See [the rules](https://shop.test/rules)."
)
LADEN = (
    "Du bist ein hilfreicher Assistent für einen Laden. Antworte dem Kunden höflich und "
    "versprich keine Rückerstattung. Wenn du nicht sicher bist, frage nach."
)
BOUTIQUE = (
    "Tu es un assistant utile pour une boutique. Réponds au client et n'utilise jamais plus de "
    "trois phrases. Si tu ne sais pas, dis-le au client."
)
TIENDA = (
    "Eres un asistente útil para una tienda. Responde a la pregunta del cliente con amabilidad y "
    "nunca prometas un reembolso. Si no sabes la respuesta, dilo."
)
SKLEP = "Bądź uprzejmy i odpowiadaj krótko na pytania klientów sklepu internetowego."
SHANGDIAN = "你是一个有帮助的助手。请用中文回答客户的问题。不要承诺退款。"


def edited(before: str, after: str, base: str = SHOP) -> Floor:
    """Return the floor of replacing `before` by `after` in `base`."""
    assert before in base
    return floor(text(base), text(base.replace(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("You are a helpful", "YOU ARE A HELPFUL", "Only punctuation"),
        (". ", ".\n- ", "Only punctuation"),
        ("'", "’", "Only punctuation"),
        ("helpful", "“helpful”", "Only punctuation"),
        ("helpful", "**helpful**", "Only punctuation"),
        ("300", "３００", "Only punctuation"),
        ("Do not", "Don't", "Only punctuation"),
        ("assistant", "asistant", "Only spelling changed: “assistant” became “asistant”."),
        ("colleague", "collaegue", "Only spelling"),
        ("You are", "Your", "Only spelling"),
        ("online", "on-line", "Only spelling"),
        ("ask the customer", "please ask the customer", "Only small words"),
        ("the customer's", "a customer's", "Only small words"),
        ("helpful", "helpful helpful", "Only a repetition"),
        ("shop.test/rules", "shop.test/new", "https://shop.test/rules → https://shop.test/new"),
    ],
)
def test_what_cannot_change_the_meaning_is_a_patch(before: str, after: str, said: str) -> None:
    found = edited(before, after)
    assert found.bump is Bump.PATCH
    assert said in found.reasons[0]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("300", "200", "“300” became “200” in “in at most 200 words. Do not”: a number."),
        ("300", "-300", "a number"),
        ("Do not promise", "Promise", "“Do not” was removed in"),
        (" Do not promise a refund.", "", "“Do not promise a refund” was removed: a negation."),
        ("Do not", "You may", "a negation, an obligation or limit"),
        ("call back.", "call back. Always be polite.", "“Always be polite” was added"),
        ("will call", "must call", "an obligation or limit"),
        ("at most", "at least", "“most” became “least”"),
        ("helpful", "unhelpful", "“helpful” became “unhelpful”"),
        ("and say", "or say", "“and” became “or”"),
        ("in at most 300 words", "in JSON", "the form of the answer"),
        ("question", "question, for example about size,", "an example"),
        ("customer's", "{customer}'s", "a placeholder or tag"),
        ("refund", "5 % refund", "a number, a sign"),
        ("online shop", "bank", "“online shop” became “bank”"),
    ],
)
def test_what_can_change_an_answer_is_a_minor_with_its_reason(
    before: str, after: str, said: str
) -> None:
    found = edited(before, after)
    assert found.bump is Bump.MINOR
    assert said in found.reasons[0]


def test_a_moved_instruction_is_one_reason() -> None:
    moved = SHOP.replace(" Do not promise a refund.", "").replace(
        "call back.", "call back. Do not promise a refund."
    )
    assert floor(text(SHOP), text(moved)) == Floor(
        Bump.MINOR, ("“Do not promise a refund” was moved.",)
    )


@pytest.mark.parametrize(
    ("base", "typo", "negation"),
    [
        (LADEN, ("hilfreicher", "hilfreichr"), ("keine", "eine")),
        (LADEN, ("Rückerstattung", "Rückerstatung"), ("nicht ", "")),
        (BOUTIQUE, ("boutique", "boutiqe"), ("jamais ", "")),
        (BOUTIQUE, ("Réponds", "Reponds"), ("ne sais pas", "sais")),
        (TIENDA, ("asistente", "assistente"), ("nunca ", "")),
        (TIENDA, ("pregunta", "prgunta"), ("no sabes", "sabes")),
    ],
)
def test_spelling_and_negation_are_told_apart_in_other_languages(
    base: str, typo: tuple[str, str], negation: tuple[str, str]
) -> None:
    assert edited(*typo, base).bump is Bump.PATCH
    changed = edited(*negation, base)
    assert changed.bump is Bump.MINOR
    assert "a negation" in changed.reasons[0]


def test_without_a_word_list_a_corrected_word_is_a_minor_and_says_why() -> None:
    found = edited("krótko", "krotko", SKLEP)
    assert found.bump is Bump.MINOR
    assert "no word list for this language" in found.reasons[-1]
    assert edited("Bądź", "bądź —", SKLEP).bump is Bump.PATCH


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    assert edited("。", ". ", SHANGDIAN).bump is Bump.PATCH
    negated = edited("不要", "可以", SHANGDIAN)
    assert negated.bump is Bump.MINOR
    assert "“不要” became “可以”" in negated.reasons[0]
    # 22 characters of 24 go: 中文 stays.
    rewritten = floor(text(SHANGDIAN), text("中文"))
    assert rewritten.bump is Bump.MAJOR
    assert "of the characters changed" in rewritten.reasons[0]


@pytest.mark.parametrize(
    ("old", "new", "bump"),
    [
        ("prescribe", "proscribe", Bump.MINOR),
        ("hypotension", "hypertension", Bump.MINOR),
        ("maximizing", "minimizing", Bump.MINOR),
        ("include", "exclude", Bump.MINOR),
        ("legal", "illegal", Bump.MINOR),
        ("from", "form", Bump.PATCH),
        ("teh", "the", Bump.PATCH),
        ("cat", "cut", Bump.MINOR),
        ("nowhere", "now here", Bump.MINOR),
        ("C#", "C", Bump.MINOR),
        ("definately", "definitely", Bump.PATCH),
        ("colour", "color", Bump.PATCH),
    ],
)
def test_a_spelling_correction_is_told_from_another_word(old: str, new: str, bump: Bump) -> None:
    sentence = "When you talk to the customer about this, use {} and then ask them for more."
    assert floor(text(sentence.format(old)), text(sentence.format(new))).bump is bump


def test_a_removed_word_is_harmless_only_if_it_was_a_broken_one() -> None:
    base = "Describe the crisis professiona situation to the professional and ask for advice."
    assert edited("professiona situation", "situation", base).bump is Bump.PATCH
    fine = "Describe the crisis professional situation to the professional and ask for advice."
    assert edited("professional situation", "situation", fine).bump is Bump.MINOR


def test_more_than_half_of_the_words_is_a_major_and_exactly_half_is_not() -> None:
    old = text("one red two blue")
    half = floor(old, text("one red six green"))
    assert (half.bump, words_changed_share(old, text("one red six green"))) == (Bump.MINOR, 0.5)
    most = floor(old, text("one pink six green"))
    assert most.bump is Bump.MAJOR
    assert most.reasons[0] == "75% of the words changed, more than half."


def test_many_corrections_at_once_are_no_patch() -> None:
    base = (
        "If the customer writes to you, use his words and spell them as he does in the text: "
        "colour favour honour labour armour harbour behaviour neighbour"
    )
    corrected = base.replace("our", "or")  # 8 of 27 words.
    assert floor(text(base), text(base.replace("colour", "color"))).bump is Bump.PATCH
    found = floor(text(base), text(corrected))
    assert found.bump is Bump.MINOR
    assert "a PATCH corrects few" in found.reasons[0]


def test_a_sentence_moved_to_another_message_is_noticed() -> None:
    old = chat(("system", "Be kind. Be brief."), ("user", "Hello there."))
    new = chat(("system", "Be kind."), ("user", "Be brief. Hello there."))
    assert floor(old, new).bump is Bump.MINOR


@given(contents())
def test_a_content_compared_with_itself_is_a_patch_in_which_nothing_changed(
    content: Content,
) -> None:
    assert floor(content, content) == Floor(Bump.PATCH, ("Nothing changed.",))


@given(contents(), contents())
def test_the_floor_is_the_same_each_time_and_always_has_a_reason(
    old: Content, new: Content
) -> None:
    found = floor(old, new)
    assert found == floor(old, new)
    assert found.reasons
    assert all(reason.endswith(".") for reason in found.reasons)
    assert words_changed_share(old, new) == words_changed_share(new, old)


@given(
    st.sampled_from(SHOP.split()), st.sampled_from(("not", "never", "must", "three", "7", "{x}"))
)
def test_a_weighty_word_put_anywhere_is_at_least_a_minor(word: str, weighty: str) -> None:
    at = SHOP.index(word)
    assert floor(text(SHOP), text(f"{SHOP[:at]}{weighty} {SHOP[at:]}")).bump >= Bump.MINOR


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 60_000, "b a a " * 40_000),
        ("a b c a " * 4_900, ("a b c a " * 40 + "b ") * 120),
        (" ".join(f"w{n}" for n in range(37_000)), " ".join(f"v{n}" for n in range(37_000))),
        ("x" * 262_144, "[[" * 131_072),
    ],
    ids=["two words", "small changes", "rewritten", "one word"],
)
def test_full_size_prompts_get_their_floor_in_seconds(old: str, new: str) -> None:
    started = time.process_time()
    assert floor(text(old), text(new)).bump >= Bump.MINOR
    assert time.process_time() - started < 5.0  # Below 1.5 s on an idle machine.
