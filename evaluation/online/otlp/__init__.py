"""Traces in the OpenTelemetry protocol: spans of calls that name a prompt become observations.

Bytes (`inflate`) are decoded (`read_protobuf`, `read_json`) into spans (`spans`), of which
only what `names` lists is looked at: other attributes hold prompts, answers and whatever else
an application traces, and none of it is kept.
"""
