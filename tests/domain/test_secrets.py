"""Pasted secrets are found by their shape, shown cut, and rarely cried about in vain."""

import random
import string
import time

import pytest

from registry.domain.secrets import find_secrets

_RNG = random.Random(11)


def made(prefix: str, length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Return a made-up key: no real secret stands in this file."""
    return prefix + "".join(_RNG.choice(alphabet) for _ in range(length))


UPPER = string.ascii_uppercase + string.digits
KEYS = [
    ("a promptcms API key", made("pcms_", 40)),
    ("an Anthropic API key", made("sk-ant-api03-", 80)),
    ("an OpenAI API key", made("sk-proj-", 60)),
    ("an API key of the form sk-…", made("sk-", 48)),
    ("an AWS access key id", made("AKIA", 16, UPPER)),
    ("a GitHub token", made("ghp_", 36)),
    ("a GitHub token", made("github_pat_", 82)),
    ("a GitLab token", made("glpat-", 20)),
    ("a Google API key", made("AIza", 35)),
    ("a Slack token", made("xoxb-", 40)),
    ("a Stripe key", made("sk_live_", 24)),
    ("a Hugging Face token", made("hf_", 34)),
    ("a Langfuse secret key", "sk-lf-" + made("", 36, "0123456789abcdef-")),
    ("a JSON web token", f"{made('eyJ', 30)}.{made('eyJ', 60)}.{made('', 43)}"),
    ("a private key", "-----BEGIN " + "RSA PRIVATE KEY-----"),
    ("a password in an address", f"postgres://app:{made('', 12)}@db:5432/app"),
]


@pytest.mark.parametrize(("kind", "secret"), KEYS)
def test_a_secret_is_found_on_its_line_and_never_shown(kind: str, secret: str) -> None:
    for text in (f"Use\nkey={secret}\n", f'Use\n"{secret}",', f"Use\n{secret}."):
        (found,) = find_secrets(text)
        assert (found.kind, found.line) == (kind, 2)
        assert len(found.redacted) < 15
        assert secret not in found.redacted


def test_an_aws_secret_key_is_found_by_the_name_before_it() -> None:
    secret = made("", 40)
    (found,) = find_secrets(f"AWS_SECRET_ACCESS_KEY = '{secret}'")
    assert found.kind == "an AWS secret key"
    assert find_secrets(secret) == []


@pytest.mark.parametrize(
    "text",
    [
        "Write a task-list and ask-me-anything; risk-adjusted returns-of-investment.",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE is how an access key id looks",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "id 123e4567-e89b-12d3-a456-426614174000",
        "https://example.com/a:b@c and https://user:{{password}}@host",
        "postgres://user:password@localhost/db",
        "-----BEGIN PUBLIC KEY-----",
        "pcms_ and pcms_short",
        "mailto:ada@example.com",
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(text: str) -> None:
    assert find_secrets(text) == []


def test_secrets_come_in_order_with_their_lines() -> None:
    text = f"{made('ghp_', 36)}\n\n{made('pcms_', 40)}\n{made('AIza', 35)}"
    assert [found.line for found in find_secrets(text)] == [1, 3, 4]


@pytest.mark.parametrize(
    "text",
    ["sk-" * 87_000, "eyJ" + "a" * 262_000, "eyJ." * 65_000, "http://a:" * 29_000, "x://" * 65_000],
)
def test_hostile_text_is_searched_in_linear_time(text: str) -> None:
    started = time.process_time()
    assert find_secrets(text) == []
    assert time.process_time() - started < 2.0  # Below 0.2 s.
