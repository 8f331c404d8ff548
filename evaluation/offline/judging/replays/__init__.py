"""Replays: answers put to a judge version once more, outside of any verdict."""
