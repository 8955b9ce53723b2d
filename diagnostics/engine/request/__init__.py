"""A request that was given to be judged: read within bounds, walked along a table of ``knowledge/requests``, and its parts for the API."""

PROTOCOL = "messages"
"""The table of ``knowledge/requests`` that clients' requests are judged by."""
