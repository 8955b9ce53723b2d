"""What may be wrong with what a file sets. Each rule gives hits; their words stand in ``knowledge/scan/rules.toml``."""
