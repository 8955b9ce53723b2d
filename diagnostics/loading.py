"""The knowledge, read whole when a web process starts: no visitor waits for it, and a file that changes later breaks no page."""

from __future__ import annotations

import threading

from diagnostics import examples_schema, guide_schema, handoff_schema, models_schema, pages_schema
from diagnostics.engine import library, models_table
from diagnostics.payloads import knowing, schema
from diagnostics.services import decoding, samples
from diagnostics.views.knowing import entries, markdown


def load_everything() -> None:
    """Fill what is read once. Raises ``ValueError`` (``KnowledgeError``, or of TOML) with the file that cannot be used."""
    library.load()
    for kind in library.ASIDE:
        library.aside(kind)
    models_schema.check_models()
    models_table.load()
    pages_schema.version()
    examples_schema.examples()
    handoff_schema.receivers()
    samples.samples()
    for guide in guide_schema.read_guides():
        markdown.render(f"knowledge/guides/{guide.slug}.md", guide.body)
    for protocol in knowing.known().protocols:
        schema.snapshot(protocol)
    threading.Thread(target=_prepare, name="knowledge", daemon=True).start()


def _prepare() -> None:
    """What is made of files that have been read: beside the first requests, which need not wait for it."""
    entries.index()
    for one in samples.samples():  # the decoder reads its wordings, and prepares them, when it first looks for them
        decoding.decide(one.text)
