"""Arguments that the native part reads by their names."""

from types import SimpleNamespace


class Question(SimpleNamespace):
    """Everything about a question but its volumes."""
