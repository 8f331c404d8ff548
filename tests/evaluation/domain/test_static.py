"""Static checks: what stops a text at once, and what a PATCH may and may not change."""

import time
from dataclasses import replace

import pytest

from evaluation.domain.checks import Outcome, Severity
from evaluation.domain.static import static_checks
from registry.domain.content import Content
from registry.domain.semver import Risk

PASS, FAIL, SKIPPED = Outcome.PASS, Outcome.FAIL, Outcome.SKIPPED
TEXT = (
    "You help the customers of Lumen Lamps. Answer {{question}} politely in at most 50 words. "
    "Never promise a refund. If you are unsure, ask {{name}} for the order number."
)
CASES = [{"question": "Where is it?", "name": "Anna"}, {"question": "Why?", "name": "Bo"}]
CONFIG = {"model": "small", "temperature": 0.2}


def prompt(text=TEXT, **fields):
    fields = {"config": CONFIG, **fields}
    return Content.from_fields("text", text, **fields)


def chat(*messages, **fields):
    body = [{"role": role, "content": text} for role, text in messages]
    return Content.from_fields("chat", body, CONFIG, **fields)


def outcome(check, new, *, old=None, risk=Risk.MINOR, cases=CASES, **known):
    report = static_checks(old, new, risk, cases, **known)
    return next(result.outcome for result in report.results if result.check == check)


def patch(new, old=None, **known):
    return static_checks(old or prompt(), new, Risk.PATCH, CASES, **known)


def broken(report):
    return {result.check for result in report.results if result.outcome is FAIL}


def test_a_sound_prompt_passes_and_the_report_says_so():
    report = static_checks(None, prompt(), Risk.FIRST, CASES)
    assert report.outcome is PASS
    assert report.reasons == ("All 9 checks of the text hold.",)


def test_broken_braces_fail_with_line_and_cure_and_nothing_is_rendered():
    report = static_checks(None, prompt("Hello {{name"), Risk.FIRST, CASES)
    assert report.outcome is FAIL
    assert report.reasons[0].startswith("In the text, line 1, column 7: “{{” is never closed.")
    assert outcome("renders", prompt("Hello {{name")) is SKIPPED


def test_every_case_must_give_every_variable_and_may_give_more():
    more = [{**case, "tier": "gold"} for case in CASES]
    assert outcome("renders", prompt(), cases=more) is PASS
    report = static_checks(None, prompt(), Risk.FIRST, [*CASES, {"question": "Who?"}])
    assert report.outcome is FAIL
    assert report.reasons[0].startswith("Golden case 3 of 3: no value for {{name}}. Import cases")


def test_what_many_cases_lack_is_said_once_with_their_number():
    report = static_checks(None, prompt(), Risk.FIRST, [*CASES, *[{"name": "Ann"}] * 40])
    assert report.outcome is FAIL
    assert report.reasons == (
        "40 of 42 golden cases: no value for {{question}}. Import cases that give one, or "
        "declare it optional in the editor.",
    )


def test_an_optional_variable_may_be_missing():
    optional = [
        {"name": "name", "required": False, "default": "the customer"},
        {"name": "question"},
    ]
    assert outcome("renders", prompt(variables=optional), cases=[{"question": "Who?"}]) is PASS
    assert outcome("renders", prompt(), cases=[{"question": "Who?"}]) is FAIL


def test_a_value_that_looks_like_a_variable_stays_text():
    assert outcome("renders", prompt(), cases=[{"question": "{{secret}}", "name": "{{x"}]) is PASS


def test_a_case_that_makes_the_prompt_too_long_fails():
    def long(length):
        return [{"question": "x" * length, "name": "Anna"}]

    assert outcome("length", prompt(), cases=long(1_000_000)) is FAIL
    assert outcome("length", prompt(), cases=long(900_000)) is PASS


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\U000e0041", "\x07"])
def test_a_character_that_nobody_sees_fails(sign):
    assert outcome("hidden", prompt(TEXT.replace("politely", f"polite{sign}ly"))) is FAIL
    assert outcome("hidden", prompt(TEXT.replace("politely", "höflich 👩‍👧"))) is PASS


def test_a_secret_fails_and_is_repeated_nowhere():
    secret = "sk-proj-" + "a1B2c3D4" * 6
    report = static_checks(None, prompt(f"{TEXT} Use {secret}."), Risk.FIRST, CASES)
    assert broken(report) == {"secrets"}
    assert secret not in " ".join(result.reason for result in report.results)


def test_a_secret_beside_the_text_fails_too():
    secret = "sk-proj-" + "a1B2c3D4" * 6
    declared = [{"name": "name", "required": False, "default": secret}, {"name": "question"}]
    report = static_checks(None, prompt(variables=declared), Risk.FIRST, CASES)
    assert broken(report) == {"secrets"}
    assert "the default of name" in report.reasons[0]
    assert broken(static_checks(None, prompt(config={"model": secret}), Risk.FIRST, CASES))


def test_new_personal_data_warns_and_blocks_a_patch_unless_a_reviewer_read_it():
    old = prompt(f"{TEXT} Our desk: help@lumen.example.")
    new = replace(old, text=old.text.replace("desk:", "desk: anna.schmidt@mail.example or"))
    report = static_checks(old, new, Risk.MINOR, CASES)
    assert report.outcome is PASS
    assert "an…" in report.reasons[1]
    assert "anna.schmidt@mail.example" not in report.reasons[1]
    assert "pii" in broken(patch(new, old))
    assert patch(new, old, meaning_confirmed=True).outcome is PASS
    assert "pii" not in broken(patch(replace(old, text=f"{old.text}."), old))


def test_the_marks_of_a_merge_fail_and_an_underlined_heading_does_not():
    merged = f"{TEXT}\n<<<<<<< mine\nBe kind.\n=======\nBe brief.\n>>>>>>> theirs"
    assert outcome("conflicts", prompt(merged)) is FAIL
    assert outcome("conflicts", prompt(f"Rules\n=======\n{TEXT}")) is PASS


def test_a_new_note_to_oneself_warns_and_blocks_a_patch():
    noted = prompt(f"{TEXT} TODO")
    report = static_checks(prompt(), noted, Risk.MINOR, CASES)
    assert report.outcome is PASS
    assert "says TODO" in report.reasons[1]
    [note] = [result for result in report.results if result.check == "notes"]
    assert note.severity is Severity.WARNING
    assert "notes" in broken(patch(noted))
    assert "notes" not in broken(patch(replace(noted, text=f"{noted.text}."), noted))


def test_an_output_schema_that_cannot_be_used_fails():
    assert outcome("schema", prompt(output_schema={"type": "object"})) is PASS
    assert outcome("schema", prompt(output_schema={"type": "objekt"})) is FAIL
    assert outcome("schema", prompt(output_schema={"$ref": "http://127.0.0.1:9/"})) is FAIL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("customers", "customrs"),
        ("politely", "“politely”"),
        ("Lumen Lamps. Answer", "Lumen Lamps.\n\nAnswer"),
        ("unsure, ask", "unsure ask"),
    ],
)
def test_a_corrected_spelling_quote_or_comma_is_a_patch(before, after):
    report = patch(prompt(TEXT.replace(before, after)))
    assert report.outcome is PASS, report.reasons
    assert sum(result.check.startswith("patch_") for result in report.results) == 7


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Never promise", "Promise"),
        ("Never promise", "Do promise"),
        ("If you are unsure, ask", "You must ask"),
        ("50 words", "60 words"),
        ("at most 50", "at least 50"),
        ("Never promise a refund. ", ""),
        ("politely", "politely and in German"),
    ],
)
def test_a_change_of_meaning_is_no_patch_and_says_what_to_do(before, after):
    report = patch(prompt(TEXT.replace(before, after)))
    assert "patch_wording" in broken(report)
    assert report.outcome is FAIL
    assert any(reason.endswith("Save it as MINOR.") for reason in report.reasons)


def test_the_same_change_is_no_matter_of_static_checks_as_a_minor():
    new = prompt(TEXT.replace("Never promise", "Promise"))
    assert static_checks(prompt(), new, Risk.MINOR, CASES).outcome is PASS


def test_a_reviewer_may_confirm_the_meaning_but_not_the_shape():
    reworded = TEXT.replace("Answer {{question}} politely", "Politely answer {{question}}")
    assert patch(prompt(reworded)).outcome is FAIL
    assert patch(prompt(reworded), meaning_confirmed=True).outcome is PASS
    other_model = prompt(reworded, config={**CONFIG, "model": "large"})
    assert broken(patch(other_model, meaning_confirmed=True)) == {"patch_config"}


def test_nothing_changed_is_no_patch():
    assert broken(patch(prompt())) == {"patch_change"}


def test_a_patch_keeps_variables_config_schema_and_messages():
    typo = TEXT.replace("politely", "politly")
    assert "patch_variables" in broken(patch(prompt(typo.replace("{{name}}", "{{customer}}"))))
    assert "patch_variables" in broken(patch(prompt(typo.replace("{{name}}", "them"))))
    assert "patch_config" in broken(patch(prompt(typo, config={**CONFIG, "temperature": 0.3})))
    assert "patch_config" in broken(patch(prompt(typo, config={**CONFIG, "model": "large"})))
    assert "patch_schema" in broken(patch(prompt(typo, output_schema={"type": "object"})))
    assert "patch_messages" in broken(patch(chat(("system", typo))))
    assert broken(patch(prompt(typo))) == set()


def test_a_patch_keeps_what_is_declared_of_a_variable_and_may_describe_it_better():
    def declared(**fields):
        return prompt(variables=[{"name": "name", **fields}, {"name": "question"}])

    assert "patch_variables" in broken(patch(declared(required=False, default="you"), declared()))
    assert "patch_variables" in broken(patch(declared(type="number"), declared()))
    report = patch(declared(required=False, default="you"), declared(required=False, default="sir"))
    assert broken(report) == {"patch_variables"}
    assert report.reasons[0] == "The default of {{name}} changed. Save it as MINOR."
    assert broken(patch(declared(description="Who asks."), declared())) == set()


def test_a_patch_of_a_chat_keeps_its_roles_and_their_number():
    old = chat(("system", TEXT), ("user", "{{question}}"))
    typo = TEXT.replace("politely", "politly")
    assert broken(patch(chat(("system", typo), ("user", "{{question}}")), old)) == set()
    assert "patch_messages" in broken(
        patch(chat(("developer", typo), ("user", "{{question}}")), old)
    )
    assert "patch_messages" in broken(patch(chat(("system", typo)), old))


def test_a_patch_may_grow_by_a_tenth_of_what_is_rendered():
    old = prompt("Be kind to {{name}}.\n" + "-" * 400)
    assert "patch_length" not in broken(patch(replace(old, text=old.text + "-" * 70), old))
    assert "patch_length" in broken(patch(replace(old, text=old.text + "-" * 90), old))


def test_a_very_short_prompt_may_be_corrected_too():
    old = prompt("Translte {{question}} for {{name}} to French.")
    assert broken(patch(replace(old, text=old.text.replace("Translte", "Translate")), old)) == set()


def test_many_cases_and_a_long_prompt_take_well_under_a_second():
    started = time.perf_counter()
    assert static_checks(prompt(TEXT * 50), prompt(TEXT * 50 + "."), Risk.PATCH, CASES * 500)
    assert time.perf_counter() - started < 1
