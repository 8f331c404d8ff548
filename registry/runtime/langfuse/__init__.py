"""A Langfuse-compatible read-only prompt API, so that Langfuse's SDKs can read from here.

Only reading: what people decide about prompts goes through the product, never through an SDK.
Calls and scores that SDKs report are taken in by `evaluation.web.intake.langfuse_views`.
What each part of an answer stands for: `body`. What users must know: promptcms/clients/langfuse.md.
"""
