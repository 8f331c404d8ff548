"""The doors through which calls and scores come in, and the page of what came."""
