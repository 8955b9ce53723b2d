"""How allauth does things here: its hooks, and the OpenID Connect provider with what allauth leaves out."""
