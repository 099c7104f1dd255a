"""Everything that waits: import `workflows.incident.Incident` and its siblings from their own modules."""
