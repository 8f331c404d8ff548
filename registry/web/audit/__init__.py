"""The audit trail of a project, and the printable record of a version."""
