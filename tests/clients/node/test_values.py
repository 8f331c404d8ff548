"""What only JavaScript can hand to `compile`, beyond the cases that all clients share."""

import json

import pytest

from tests.clients.node.node import CLIENT, run

FILLED = {
    "{{a}} with {a: 12345678901234567890n}": "12345678901234567890",
    "{{a}} with {a: 1e23}": "99999999999999991611392",
    "{{a}} with {a: -0}": "0",
    "{{a}} with {a: -1.5e-9}": "-0.0000000015",
    "{{a}} with {a: '\\ud800'}": "\ud800",
    "{{constructor}} with {constructor: 'x'}": "x",
    "{{__proto__}} with JSON.parse('{\"__proto__\": 1}')": "1",
    "plain with {a: undefined}": "plain",
    "plain with null": "plain",
    "{{a}} with Object.assign(Object.create(null), {a: 1})": "1",
}
REFUSED = {
    "{{a}} with {a: undefined}": "No value was given for {{a}}",
    "{{toString}} with {}": "No value was given for {{toString}}",
    "{{a}} with {a: NaN}": "The value of a is NaN",
    "{{a}} with {a: -Infinity}": "The value of a is -Infinity",
    "{{a}} with {a: () => 1}": "The value of a is a function",
    "{{a}} with {a: Symbol('s')}": "The value of a is a symbol",
    "{{a}} with {a: new Date(0)}": "The value of a is a object",
    "{{a}} with 'text'": "must be an object",
    "{{a}} with [1]": "must be an object",
    "x\n{{#a}} with {}": "Line 2 has a",
    "{{{a}}} with {a: 1}": "Line 1 has a",
}


@pytest.fixture(scope="module")
def compiled() -> dict[str, dict[str, str]]:
    """Compile all cases `text with values`, the values as JavaScript; return what comes of each."""
    program = f"""
        const {{FakeClient, TemplateError}} = require({json.dumps(str(CLIENT))});
        const results = {{}};
        (async () => {{
          for (const one of {json.dumps([*FILLED, *REFUSED])}) {{
            const [text, values] = one.split(" with ");
            const prompt = await new FakeClient({{p: text}}).getPrompt("p");
            try {{
              results[one] = {{text: prompt.compile(eval(`(${{values}})`))}};
            }} catch (error) {{
              const refused = error instanceof TemplateError ? error.message : error.stack;
              results[one] = {{refused}};
            }}
          }}
          console.log(JSON.stringify(results));
        }})();
    """
    answer: dict[str, dict[str, str]] = json.loads(run("-e", program).stdout)
    return answer


@pytest.mark.parametrize(("case", "text"), FILLED.items(), ids=FILLED)
def test_a_value_reads_as_people_write_it(
    compiled: dict[str, dict[str, str]], case: str, text: str
) -> None:
    assert compiled[case] == {"text": text}


@pytest.mark.parametrize(("case", "words"), REFUSED.items(), ids=REFUSED)
def test_what_is_no_value_is_refused_by_name(
    compiled: dict[str, dict[str, str]], case: str, words: str
) -> None:
    assert words in compiled[case]["refused"]


def test_messages_for_a_placeholder_of_the_treatment_do_not_fail_the_control_group() -> None:
    program = f"""
        const {{FakeClient}} = require({json.dumps(str(CLIENT))});
        const spoken = [{{role: "user", content: "Hi {{{{a}}}}"}}];
        const treatment = {{messages: [...spoken, {{type: "placeholder", name: "history"}}]}};
        const fake = new FakeClient({{
          p: {{messages: spoken, rollout: {{percent: 0, treatment}}}},
          q: {{messages: spoken, rollout: {{percent: 100, treatment}}}},
        }});
        const history = [{{role: "assistant", content: "before"}}];
        Promise.all(["p", "q"].map((name) => fake.getPrompt(name, {{unit: 7}}))).then((both) =>
          console.log(JSON.stringify(both.map((prompt) => [
            prompt.variant, prompt.compile({{a: 1}}, {{history}}).length, prompt.fellBack,
          ]))));
    """
    assert json.loads(run("-e", program).stdout) == [
        ["control", 1, False],
        ["treatment", 2, False],
    ]


def test_a_number_that_cannot_be_right_is_left_out_and_does_not_spoil_the_rest() -> None:
    program = f"""
        const {{FakeClient}} = require({json.dumps(str(CLIENT))});
        const fake = new FakeClient({{p: "Hi"}});
        fake.getPrompt("p").then((prompt) => {{
          const scores = {{a: 1.5, b: 0.5}};
          fake.report(prompt, {{latencyMs: NaN, inputTokens: -1, cost: 0.5, scores}});
          fake.report(prompt, {{scores: {{a: Infinity}}}});
          console.log(JSON.stringify(fake.reported));
        }});
    """
    first, second = json.loads(run("-e", program).stdout)
    assert (first["cost"], first["scores"]) == (0.5, {"b": 0.5})
    assert not {"latency_ms", "input_tokens"} & set(first)
    assert "scores" not in second
