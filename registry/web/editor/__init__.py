"""The editor: write a version, see what the change means, save it frozen."""
