"""Random input for the properties of the domain: texts that look like prompts, and contents."""

from hypothesis import strategies as st

from registry.domain.content import Content

WORDS = (
    "Reply",
    "not",
    "the",
    "user",
    "JSON",
    "{{name}}",
    "{{ tone }}",
    "日本",
    "don't",
    "3.5",
    "e\u0301",
)
GAPS = (" ", "  ", "\n", "\n\n", ", ", ". ", "", "{", "}}", "- ")

prompt_texts = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(GAPS)), min_size=0, max_size=40
).map("".join)
# Anything a database can store.
any_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=60
)
texts = st.one_of(prompt_texts, any_texts)

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(-1e9, 1e9, allow_nan=False),
        any_texts,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(any_texts, inner, max_size=3)
    ),
    max_leaves=6,
)
configs = st.dictionaries(any_texts, json_values, max_size=4)
messages = st.one_of(
    st.fixed_dictionaries(
        {"role": st.sampled_from(("system", "user", "assistant")), "content": texts}
    ),
    st.fixed_dictionaries(
        {"type": st.just("placeholder"), "name": st.sampled_from(("history", "examples"))}
    ),
)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Draw a valid content of either kind."""
    config = draw(configs)
    if draw(st.booleans()):
        return Content.from_fields("text", draw(texts) + "x", config)
    items = [*draw(st.lists(messages, max_size=5)), {"role": "user", "content": "Hi"}]
    return Content.from_fields("chat", items, config)


def text(body: str, **fields: object) -> Content:
    """Return a text prompt."""
    return Content.from_fields("text", body, **fields)


def chat(*messages: tuple[str, str], **fields: object) -> Content:
    """Return a chat of (role, content) pairs."""
    body = [{"role": role, "content": content} for role, content in messages]
    return Content.from_fields("chat", body, **fields)
