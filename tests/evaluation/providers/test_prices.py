"""What a call cost: the settings' price, else the table's, else nobody knows."""

import sys
import time
from decimal import Decimal

import pytest

from evaluation.providers import connections, listed
from evaluation.providers.base import ModelRequest, Usage
from evaluation.providers.prices import cost_of, most_cost_of
from registry.domain.errors import Refused


@pytest.fixture
def connect(settings, monkeypatch):
    """Make a connection with these prices."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def connect(base_url="http://127.0.0.1:9/v1", **spec):
        settings.PROMPTCMS_CONNECTIONS = {"house": {"base_url": base_url, **spec}}
        return connections.get("house")

    return connect


def test_the_price_in_the_settings_is_in_dollars_for_a_million_tokens(connect):
    house = connect(prices={"small": {"input": 0.15, "output": 0.60}})
    assert cost_of(house, "small", Usage(1000, 500)) == Decimal("0.00045")


def test_a_dated_model_has_the_price_of_its_family_and_the_longest_name_wins(connect):
    house = connect(
        prices={
            "gpt": {"input": 1, "output": 1},
            "gpt-mini": {"input": 2, "output": 2},
            "*": {"input": 9, "output": 9},
        }
    )
    million = Usage(1_000_000, 0)
    assert cost_of(house, "gpt-mini-2026-11-01", million) == 2
    assert cost_of(house, "gpt-large", million) == 1
    assert cost_of(house, "gptx", million) == 9


def test_cached_input_costs_less_where_the_settings_say_so(connect):
    price = {"input": 2, "output": 4}
    usage = Usage(1_000_000, 1_000_000, cached_tokens=500_000)
    assert cost_of(connect(prices={"m": price}), "m", usage) == 6
    assert cost_of(connect(prices={"m": {**price, "cached": 1}}), "m", usage) == Decimal("5.5")


def test_a_listed_address_has_the_price_of_the_table(connect):
    openai = connect("https://api.openai.com/v1")
    # 0.15 and 0.60 dollars a million, half for cached input.
    assert cost_of(openai, "gpt-4o-mini-2024-07-18", Usage(1000, 500)) == Decimal("0.00045")
    assert cost_of(openai, "gpt-4o-mini", Usage(1000, 500, 1000)) == Decimal("0.000375")


def test_above_a_bound_of_tokens_all_of_them_cost_what_the_table_says(connect):
    anthropic = connect("https://api.anthropic.com/v1")
    # 3 and 15 dollars a million up to 200,000 tokens of input, twice and one and a half above.
    few, many = Usage(200_000, 1000), Usage(200_001, 1000)
    assert cost_of(anthropic, "claude-sonnet-4-5", few) == Decimal("0.615")
    assert cost_of(anthropic, "claude-sonnet-4-5", many) == Decimal("1.222506")


def test_the_table_is_never_held_in_this_process(connect):
    assert cost_of(connect("https://api.openai.com/v1"), "gpt-4.1", Usage(1000, 0)) == Decimal(
        "0.002"
    )
    assert not {name for name in sys.modules if name.startswith("genai_prices")}


def test_the_models_of_a_connection_are_looked_up_together(connect, monkeypatch):
    openai = connect("https://api.openai.com/v1", models=["gpt-4o", "no-such-model", "gpt-4.1"])
    assert cost_of(openai, "gpt-4o", Usage(1000, 0)) == Decimal("0.0025")
    monkeypatch.setattr(listed, "PATIENCE", 0.001)  # nobody is asked any more
    assert cost_of(openai, "gpt-4.1", Usage(1000, 0)) == Decimal("0.002")
    assert cost_of(openai, "no-such-model", Usage(1000, 0)) is None


def test_a_table_that_cannot_be_read_leaves_the_price_unknown_for_a_minute(connect, monkeypatch):
    openai = connect("https://api.openai.com/v1")
    monkeypatch.setattr(listed, "PATIENCE", 0.001)
    monkeypatch.setattr(listed, "PAUSE", 0.2)
    assert cost_of(openai, "gpt-4o", Usage(1000, 0)) is None
    monkeypatch.setattr(listed, "PATIENCE", 20.0)
    time.sleep(0.25)
    assert cost_of(openai, "gpt-4o", Usage(1000, 0)) == Decimal("0.0025")


def test_what_nobody_knows_is_unknown_and_never_free(connect):
    assert cost_of(connect(), "gpt-4o-mini", Usage(1000, 500)) is None  # whose server is that?
    openai = connect("https://api.openai.com/v1")
    assert cost_of(openai, "no-such-model", Usage(1000, 500)) is None
    assert cost_of(openai, "gpt-4o-mini", None) is None
    priced = connect(prices={"*": {"input": 1, "output": 1}})
    assert cost_of(priced, "m", None) is None


def test_the_simulated_connection_costs_nothing():
    assert cost_of(connections.get("simulated"), "anything", None) == 0


def test_the_worst_case_reckons_with_short_tokens_and_the_longest_answer(connect):
    house = connect(prices={"m": {"input": 1000, "output": 1000}})
    messages = [{"role": "user", "content": "x" * 988}]
    # 988 / 2 + 6 = 500 tokens in, 500 out: a dollar for a thousand tokens.
    assert most_cost_of(house, ModelRequest("m", messages, {"max_tokens": 500})) == 1
    # Unbounded: 4,000 out.
    assert most_cost_of(house, ModelRequest("m", messages)) == Decimal("4.5")
    assert most_cost_of(connect(), ModelRequest("m", messages)) is None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"prices": {"m": {"input": 1}}}, "prices must look like"),
        ({"prices": {"m": {"input": 1, "output": 1, "each": 1}}}, "prices must look like"),
        ({"prices": [1]}, "prices must look like"),
        (
            {"prices": {"m": {"input": -1, "output": 1}}},
            "the input price of m must be a number from 0",
        ),
        ({"requests_per_minute": 0}, "requests_per_minute must be a number from 1"),
        ({"tokens_per_minute": "many"}, "tokens_per_minute must be a number"),
        ({"max_cost_month": True}, "max_cost_month must be a number"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said(connect, spec, words):
    with pytest.raises(Refused, match=words):
        connect(**spec)


def test_limits_and_the_cap_of_a_month_are_read(connect):
    house = connect(requests_per_minute=600, tokens_per_minute=90_000, max_cost_month=50)
    assert (house.limits.requests_per_minute, house.limits.tokens_per_minute) == (600, 90_000)
    assert (house.max_cost_month, house.host) == (Decimal(50), "127.0.0.1:9")
    assert house.caller is connections.get("house").caller
