"""Secrets pasted into prompts and datasets: found by their shape, never shown whole.

Shapes with a fixed prefix or structure only: high-entropy guessing cries wolf on hashes and
ids. Every pattern is bounded, so a search takes linear time.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A likely secret: what it is, its line (from 1), and its first characters with dots."""

    kind: str
    line: int
    redacted: str


# A key must not continue a longer word, and must be as long as the vendor makes it.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("a private key", r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    ("a promptcms API key", r"pcms_[A-Za-z0-9_-]{16,200}"),
    ("an Anthropic API key", r"sk-ant-[A-Za-z0-9_-]{20,200}"),
    ("an OpenRouter API key", r"sk-or-v1-[0-9a-f]{40,80}"),
    ("a Langfuse secret key", r"sk-lf-[0-9a-f-]{30,60}"),
    ("an OpenAI API key", r"sk-(?:proj-|svcacct-|admin-)[A-Za-z0-9_-]{20,250}"),
    ("an API key of the form sk-…", r"sk-[A-Za-z0-9]{32,100}"),
    ("an AWS access key id", r"(?:AKIA|ASIA)[A-Z0-9]{16}"),
    ("a GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})"),
    ("a GitLab token", r"glpat-[A-Za-z0-9_-]{20,64}"),
    ("a Google API key", r"AIza[A-Za-z0-9_-]{35}"),
    ("a Google OAuth secret", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    ("a Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{20,250}"),
    ("a Slack webhook", r"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/\w{20,30}"),
    ("a Stripe key", r"[sr]k_(?:live|test)_[A-Za-z0-9]{20,250}"),
    ("a SendGrid API key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a Hugging Face token", r"hf_[A-Za-z0-9]{34,40}"),
    ("a Groq API key", r"gsk_[A-Za-z0-9]{48,60}"),
    ("a Replicate token", r"r8_[A-Za-z0-9]{37}"),
    ("an xAI API key", r"xai-[A-Za-z0-9]{70,100}"),
    ("a Perplexity API key", r"pplx-[A-Za-z0-9]{40,60}"),
    ("an npm token", r"npm_[A-Za-z0-9]{36}"),
    ("a PyPI token", r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,250}"),
    (
        "a JSON web token",
        r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{16,1000}",
    ),
    (
        "a password in an address",
        r"[a-z][a-z0-9+]{2,15}://[^\s:/@{}<>\[\]]{1,80}:[^\s:/@{}<>\[\]*]{3,200}@",
    ),
)
_AWS_SECRET = re.compile(
    r"aws_?(?:secret_?(?:access_?)?key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])",
    re.IGNORECASE,
)
_KINDS = tuple(kind for kind, _ in _SHAPES)
_ANY = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[-a-zA-Z])(?:" + "|".join(f"({shape})" for _, shape in _SHAPES) + ")"
)
# What people write in place of a key: sk-xxxxxxxx…, <your key>, EXAMPLE.
_PLACEHOLDER = re.compile(
    r"(?i)(.)\1{7}|:pass(?:word)?@|example|your[_-]?|placeholder|changeme|redacted"
)


def find_secrets(text: str) -> list[Finding]:
    """Return likely secrets in order; the text of a finding is cut to a few characters."""
    found: list[Finding] = []
    line, seen = 1, 0
    for start, kind, secret in secrets_in(text):
        line += text.count("\n", seen, start)
        seen = start
        found.append(Finding(kind, line, _redacted(secret)))
    return found


def secrets_in(text: str) -> list[tuple[int, str, str]]:
    """Return (start, kind, secret) of likely secrets in order: for masking, never for showing."""
    hits = [
        (match.start(), _KINDS[(match.lastindex or 1) - 1], match.group())
        for match in _ANY.finditer(text)
    ]
    hits += [
        (match.start(1), "an AWS secret key", match.group(1))
        for match in _AWS_SECRET.finditer(text)
    ]
    return sorted(hit for hit in hits if not _PLACEHOLDER.search(hit[2]))


def _redacted(secret: str) -> str:
    """Return enough of the secret to find it, never enough to use it."""
    if secret.startswith("-----"):
        return "-----BEGIN …"
    if "://" in secret:
        return f"{secret.split('://', 1)[0]}://…@"
    return f"{secret[:6]}…"
