"""Four rollouts in a sandbox project, told within a minute, by the functions people use."""
