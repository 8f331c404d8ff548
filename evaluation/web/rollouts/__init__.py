"""Rollouts as people watch them: the monitor, what runs in a project, a version's figures."""
