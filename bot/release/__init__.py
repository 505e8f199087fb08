"""The domain, pure: plans, status documents, versions, readiness, root causes, alert policy, edits.

Nothing here reads a clock, a file, a socket or a database: time, randomness and identity arrive as arguments.
"""
