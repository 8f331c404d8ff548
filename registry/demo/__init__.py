"""A believable company at every stage of the road, built through the real use-cases.

This package is a door, like a page: it calls the verbs of both apps.
"""
