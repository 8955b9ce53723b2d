"""The payload lab: a request as somebody pasted it, checked against the schemas of the official SDKs. One verb: ``checking.check``.

Pure: no Django, no network, no clock; the caller passes the day. Runs on the server only, since the schema's engine is a native library.
"""
