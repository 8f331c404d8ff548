"""The page of live answers: what sank a rollout, the worst first, and on into the golden set."""

from datetime import timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.golden.compare import cases_in
from evaluation.online.models import Sample
from registry.release.models import Rollout
from tests import stages


def signed_in(live, name: str) -> Client:
    client = Client()
    client.force_login(live.world.person(name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(live, **query) -> str:
    at = reverse("samples", args=["shop", live.prompt.name])
    return signed_in(live, "vic").get(at, query).content.decode()


def scored(arm: str, values: list[float], name: str = "relevance") -> None:
    for sample, value in zip(Sample.objects.filter(series__arm=arm).order_by("-at"), values):
        sample.scores = {name: value}
        sample.reasons = {name: f"It gives {value}."}
        sample.output = f"{arm} answer worth {value}"
        sample.save()


def test_without_samples_the_page_says_how_to_attach_them(live):
    text = page(live)
    for word in ("sample_share=0.1", "sampleShare: 0.1", "SampleShare = 0.1", "deleted after 14"):
        assert word in text
    assert "Show</button>" not in text


def test_the_worst_of_the_new_version_stand_beside_usual_ones_of_production(live):
    live.calls("treatment", range(7))
    live.calls("control", range(7))
    scored("treatment", [0.9, 0.2, 0.5, 0.8, 0.4, 0.6, 0.3])
    scored("control", [0.1, 0.8, 0.8, 0.82, 0.81, 0.79, 0.99])
    Rollout.objects.filter(pk=live.rollout.pk).update(ended_as=Rollout.EndedAs.REGRESSED)
    text = page(live, rollout=live.rollout.pk)
    assert f"The answers that sank {live.rollout.version.semver}" in text
    assert "The new version: 7 answers kept, relevance 0.53 on average of 7" in text
    order = [text.index(f"treatment answer worth {v}") for v in (0.2, 0.3, 0.4, 0.5, 0.6)]
    assert order == sorted(order)
    assert "treatment answer worth 0.9" not in text
    assert "control answer worth 0.8" in text
    assert "control answer worth 0.1" not in text
    assert "relevance 0.20, poor" in text
    assert "It gives 0.2." in text
    assert "All 7 of new version" in text


def test_the_score_that_was_blamed_is_the_one_it_is_ordered_by(live):
    live.calls("treatment", range(2))
    scored("treatment", [0.9, 0.2])
    Sample.objects.filter(output__endswith="0.9").update(scores={"relevance": 0.9, "tone": 0.1})
    Sample.objects.filter(output__endswith="0.2").update(scores={"relevance": 0.2, "tone": 0.8})
    from registry.release.models import Tick

    Tick.objects.create(
        rollout=live.rollout,
        at=live.now,
        answer="fail",
        reasons=["Tone fell."],
        evidence={"metrics": [{"metric": "score:tone", "says": "fail"}]},
    )
    text = page(live, rollout=live.rollout.pk)
    assert text.index("answer worth 0.9") < text.index("answer worth 0.2")


def test_a_list_is_filtered_ordered_and_paged(live):
    live.calls("treatment", range(15))
    live.calls("control", range(15))
    scored("treatment", [0.5] * 14 + [0.2])
    first = page(live, order="worst")
    assert first.index("worth 0.2") < first.index("worth 0.5")
    assert first.count('class="panel sample"') == 20
    assert page(live, order="worst", after=20).count('class="panel sample"') == 10
    assert page(live, arm="control").count('class="panel sample"') == 15
    version = live.rollout.version.semver
    assert page(live, version=version).count('class="panel sample"') == 15
    assert page(live, version="9.9.9").count('class="panel sample"') == 0


@pytest.mark.parametrize(
    "query",
    [
        {"rollout": "x"},
        {"rollout": "9" * 30},
        {"version": "1.2"},
        {"version": "999999999999.0.0"},
        {"by": "nothing"},
        {"arm": "everything"},
        {"after": "-3"},
        {"after": "99999999"},
    ],
)
def test_an_odd_address_shows_a_page(live, query):
    live.calls("treatment", range(1))
    assert "Live answers of" in page(live, **query)


def test_what_was_masked_is_visible_and_nothing_is_taken_for_markup(live):
    live.calls("treatment", range(1), output="<b>Write</b> to anna@example.com")
    text = page(live)
    assert "&lt;b&gt;Write&lt;/b&gt; to " in text
    assert '<mark class="masked">an email address masked</mark>' in text
    assert "anna@example.com" not in text


def test_the_page_asks_equally_often_however_many_there_are(live):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(live)
        return len(queries)

    live.calls("treatment", range(2))
    few = asked()
    live.calls("treatment", range(2, 18))
    live.calls("control", range(18))
    assert asked() == few


def test_an_answer_becomes_a_golden_case_with_its_input_and_context(live):
    stages.with_suite(live.world, live.prompt)
    live.calls("treatment", range(1), context=("It left on Tuesday.",))
    sample = Sample.objects.get()
    at = reverse("case_from_sample", args=["shop", sample.pk])
    ana = signed_in(live, "ana")
    assert at in ana.get(reverse("samples", args=["shop", live.prompt.name])).content.decode()
    form = ana.get(at, {"reference": "answer"})
    text = form.content.decode()
    assert "Where is order 40000?" in text
    assert "It left on Tuesday." in text
    forms = form.context["forms"]
    posted = {
        **_values(forms),
        "dataset": form.context["into"]["dataset"].value(),
        "reason": "New.",
    }
    done = ana.post(at, posted)
    assert done.status_code == 302, done.content.decode()
    suite = live.prompt.suite
    case = cases_in(latest_snapshot(suite.dataset))[-1]
    assert case.inputs == {"question": "Where is order 40000?"}
    assert (case.context, case.tags) == (("It left on Tuesday.",), ("live",))
    assert case.reference == sample.output


def _values(forms) -> dict[str, str]:
    """Return what a browser would send of the forms as they stand."""
    values = {}
    parts = [forms.form]
    for part in vars(forms).values():
        if hasattr(part, "management_form"):
            parts += [part.management_form, *part.forms]
    for part in parts:
        for field in part:
            value = field.value()
            if value is not None:
                values[field.html_name] = value
    return values


def test_without_a_dataset_the_next_step_is_said_and_viewers_are_refused(live):
    live.calls("treatment", range(1))
    at = reverse("case_from_sample", args=["shop", Sample.objects.get().pk])
    refused = signed_in(live, "ana").get(at)
    assert (refused.status_code, "Make one first" in refused.content.decode()) == (409, True)
    assert signed_in(live, "vic").get(at).status_code == 403
    other = stages.world("bank", sandbox=True)
    foreign = reverse("case_from_sample", args=["bank", Sample.objects.get().pk])
    client = Client()
    client.force_login(other.person("ana"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(foreign).status_code == 404


def test_a_deleted_answer_is_gone(live):
    live.calls("treatment", range(1), at=live.now - timedelta(hours=1))
    at = reverse("case_from_sample", args=["shop", Sample.objects.get().pk])
    Sample.objects.all().delete()
    assert signed_in(live, "ana").get(at).status_code == 404


def test_a_variable_or_a_score_named_items_is_shown_as_any_other(live):
    live.calls("treatment", range(1), scores={"items": 0.25})
    sample = Sample.objects.get()
    sample.input = {"items": "three parcels", "company": "Lumen"}
    sample.reasons = {"items": "One is missing."}
    sample.save()
    text = page(live)
    for words in ("<dt>items</dt><dd>three parcels</dd>", "items 0.25", "items judge:</span> One"):
        assert words in text
    row = render_to_string("evaluation/case_row.html", {"case": {"inputs": sample.input}})
    assert '<span class="muted mono">items</span> three parcels' in row
