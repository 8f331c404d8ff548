"""What a call cost, in US dollars. A price that nobody knows is None, never nothing.

The connection's own prices come first (the setting `prices`), then the table of
genai-prices by the connection's address; an address that is not in it is not guessed at.
"""

from decimal import Decimal

from evaluation.providers.base import ModelRequest, Usage
from evaluation.providers.connections import Connection
from evaluation.providers.entries import Price
from evaluation.providers.listed import listed_prices
from evaluation.providers.tokens import most_tokens

EXACT = Decimal("0.000001")
ANY_MODEL = "*"


def cost_of(connection: Connection, model: str, usage: Usage | None) -> Decimal | None:
    """Return the cost of a call that `model` answered; None when the price is not known.

    `model` is the id that the provider returned. The simulated connection costs nothing.
    """
    if connection.simulated:
        return Decimal(0)
    if usage is None:
        return None
    own = _own(connection, model)
    cost = own.of(usage) if own else _listed(connection, model, usage)
    return None if cost is None else cost.quantize(EXACT)


def most_cost_of(connection: Connection, request: ModelRequest) -> Decimal | None:
    """Return what a call costs at worst, for a budget to reserve; None when not known."""
    return cost_of(connection, request.model, Usage(*most_tokens(request)))


def _own(connection: Connection, model: str) -> Price | None:
    """Return the price in the settings: of this model, of its family (“gpt-x” for
    “gpt-x-2026-11-01”), or of any model of the connection.
    """
    prices = {price.model: price for price in connection.prices}
    families = [name for name in prices if model.startswith((f"{name}-", f"{name}:"))]
    name = model if model in prices else max(families, key=len, default=ANY_MODEL)
    return prices.get(name)


def _listed(connection: Connection, model: str, usage: Usage) -> Decimal | None:
    """Return the cost by the table of genai-prices; above a bound all tokens cost more."""
    listed = listed_prices(connection.base_url, model, connection.models)
    reached = [price for start, price in listed if _above(usage, start)]
    return reached[-1].of(usage) if reached else None


def _above(usage: Usage, start: int) -> bool:
    return start == 0 or usage.input_tokens > start
