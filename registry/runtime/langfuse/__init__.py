"""A Langfuse-compatible read-only prompt API, so that Langfuse's SDKs can read from here.

Only reading: what people decide about prompts goes through the product, never through an SDK.
What each part of an answer stands for: `body`. What users must know: promptcms/clients/langfuse.md.
"""
