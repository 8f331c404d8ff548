"""Judges at models that do not take everything: asked in the next best way, remembered."""

import pytest

from evaluation.providers.base import ModelRequest, Refused
from evaluation.providers.openai_compatible import Endpoint, OpenAICompatible
from tests.evaluation.providers.mock_endpoint import completion, endpoint, status

FORM = {"type": "json_schema", "json_schema": {"name": "score", "schema": {"type": "object"}}}
PARAMS = {"temperature": 0, "max_tokens": 800, "response_format": FORM}
MESSAGES = [{"role": "user", "content": "Answer in JSON."}]
JUDGE = ModelRequest("small", MESSAGES, PARAMS, may_adapt=True)
PROMPT = ModelRequest("small", MESSAGES, PARAMS)


def unknown(parameter, message="It is not supported by this model."):
    """The refusal of a model that does not take `parameter`."""
    return status(400, {"error": {"message": message, "param": parameter, "code": "unsupported"}})


def sent(server):
    return [body for _, _, body in server.asked]


def forms(server):
    return [body.get("response_format", {}).get("type") for body in sent(server)]


def test_a_schema_is_given_up_for_any_object_and_that_is_remembered():
    with endpoint(unknown("response_format"), completion("{}"), completion("{}")) as server:
        provider = OpenAICompatible(Endpoint(server.url))
        assert provider.complete(JUDGE).free_text is False
        provider.complete(JUDGE)
    assert forms(server) == ["json_schema", "json_object", "json_object"]


def test_at_last_it_is_asked_in_words_and_the_answer_says_so():
    no_object = unknown(None, "'json_object' is no valid response_format.type")
    replies = (unknown("response_format"), no_object, completion("{}"), completion("{}"))
    with endpoint(*replies) as server:
        provider = OpenAICompatible(Endpoint(server.url))
        assert provider.complete(JUDGE).free_text is True
        assert provider.complete(JUDGE).free_text is True
    assert forms(server) == ["json_schema", "json_object", None, None]


def test_the_newer_name_of_the_bound_and_a_temperature_that_may_not_be_chosen():
    replies = (
        unknown("max_tokens", "Use 'max_completion_tokens' instead."),
        unknown("temperature", "Only the default (1) value is supported."),
        completion("{}"),
    )
    with endpoint(*replies) as server:
        assert OpenAICompatible(Endpoint(server.url)).complete(JUDGE).free_text is False
    last = sent(server)[-1]
    assert last["max_completion_tokens"] == 800
    assert not {"max_tokens", "temperature"} & set(last)
    assert last["response_format"] == FORM


def test_what_one_model_lacks_says_nothing_of_another():
    other = ModelRequest("large", MESSAGES, PARAMS, may_adapt=True)
    with endpoint(unknown("response_format"), completion("{}"), completion("{}")) as server:
        provider = OpenAICompatible(Endpoint(server.url))
        provider.complete(JUDGE)
        provider.complete(other)
    assert forms(server) == ["json_schema", "json_object", "json_schema"]


def test_a_prompt_is_asked_as_it_is_or_refused():
    replies = (unknown("response_format"), completion("{}"), unknown("response_format"))
    with endpoint(*replies) as server:
        provider = OpenAICompatible(Endpoint(server.url))
        provider.complete(JUDGE)  # learns it, for judges
        with pytest.raises(Refused, match="status 400"):
            provider.complete(PROMPT)
    assert forms(server)[-1] == "json_schema"


def test_another_refusal_of_a_judge_is_one():
    too_long = status(400, {"error": {"message": "The context is too long."}})
    with endpoint(too_long) as server, pytest.raises(Refused, match="too long"):
        OpenAICompatible(Endpoint(server.url)).complete(JUDGE)
    assert len(server.asked) == 1


def test_a_model_that_refuses_everything_is_not_asked_for_ever():
    always = unknown("response_format", "response_format, temperature, max_completion_tokens")
    with endpoint(*[always] * 9) as server, pytest.raises(Refused):
        OpenAICompatible(Endpoint(server.url)).complete(JUDGE)
    # As it is, any object, in words, the newer name, without a temperature.
    assert len(server.asked) == 5
