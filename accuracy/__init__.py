"""How often the product is right, measured on networks that fail in known ways: ``python -m accuracy``.

Every declared network of ``tests/scenarios/networks`` is diagnosed on real sockets as it stands, and then ten times and more
changed in ways that cannot change its fault: other names and addresses, another order, a slow way, words that differ.
"""
