"""The command line: `convoy …`. One file for each family of commands; every answer here is also one in Slack.

Failures that are expected print one sentence to stderr and exit with 1; wrong usage exits with 2. What a command needs
beyond its options is imported when it runs, so that `convoy --help` is there at once.
"""

from bot.cli.main import app, main

__all__ = ["app", "main"]
