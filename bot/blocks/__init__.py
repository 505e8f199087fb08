"""What people read in Slack: pure builders from an assessment to a `Message`. No Slack client, no clock, no I/O.

Every sentence a user reads is built here, never inline in a listener; every payload passes `limits.py`.
"""
