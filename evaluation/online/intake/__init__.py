"""What applications tell of their calls, taken in once and summed up, whatever the door."""
