"""The revisions, oldest first, named `rNNNN_what.py`. A published one is never edited; the next one is added."""
