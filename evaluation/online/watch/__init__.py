"""Look at each rollout every minute, and do what follows from it."""
