"""An application that answers customers: prompts by our client, the simulated model."""

import itertools
import threading
from dataclasses import dataclass, field
from typing import Any

from evaluation.providers.base import ModelRequest
from evaluation.providers.simulated import Simulated

RULES = (
    " Be brief and friendly. Rest every sentence on the help centre. Write whole sentences, and"
    " use the words that customers use. A parcel that is late is looked for by the carrier within"
    " two working days; then we send it again. Returns are free within thirty days, in any state"
    " but used up. Gift cards, samples and made-to-measure goods cannot be returned. Prices are in"
    " euros and hold the taxes. Questions about jobs, press or partners go to the address in the"
    " imprint. The shop in the harbour is open on weekdays from nine to six."
)
MENTIONS = (
    "You answer customers of {{company}} about their orders. Always mention the order number."
)
FIRST = MENTIONS + RULES
HARMLESS = FIRST + " Thank the customer for writing."
HARMFUL = FIRST.replace("Always mention", "Never mention")


@dataclass
class Application:
    """Each call has a conversation of its own; `variants` and `faults` are what it met.

    With `breaks` the model fails whenever it is asked with the new version.
    """

    client: Any
    name: str
    variants: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    breaks: bool = False
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def answer(self) -> str:
        """Answer one customer and report how it went; return which variant it was."""
        number = next(self.numbers)
        question = f"Where is order {40000 + number}?"
        prompt = self.client.get_prompt(self.name, unit=f"conversation-{number}")
        if prompt.state != "fresh":
            self.faults.append(f"{prompt.state}: {prompt.error}")
        text = prompt.compile({"company": "Lumen"})
        if self.breaks and prompt.variant == "treatment":
            self.client.report(prompt, error=True, error_type="timeout", latency_ms=30_000)
            self.variants.append(prompt.variant)
            return "treatment"
        said = Simulated().complete(
            ModelRequest(
                model="simulated",
                messages=[
                    {"role": "system", "content": text},
                    {"role": "user", "content": question},
                ],
            )
        )
        assert said.usage is not None
        helped = str(40000 + number) in said.text
        self.client.report(
            prompt,
            latency_ms=said.latency_ms,
            input_tokens=said.usage.input_tokens,
            output_tokens=said.usage.output_tokens,
            scores={"relevance": 1.0 if helped else 0.2},
            sample={"input": {"question": question}, "output": said.text},
        )
        self.variants.append(prompt.variant)
        return str(prompt.variant)

    def answers(self, count: int) -> None:
        """Answer so many customers; an exception is a fault, and the next is answered."""
        for _ in range(count):
            try:
                self.answer()
            except Exception as error:  # whatever goes wrong, a customer sees it
                self.faults.append(repr(error))

    def run_until(self, stop: threading.Event, pause: float) -> None:
        """Answer customers until told to stop, with a pause of so many seconds between two."""
        while not stop.wait(pause):
            self.answers(1)
