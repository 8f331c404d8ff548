"""Scores and generations as Langfuse's SDKs send them, in the words of `Score` and `Observation`.

Two doors (`take`): a list or an object of scores, and batches of events, of which scores and
generations that name a prompt are taken in; all others are acknowledged and dropped.
"""
