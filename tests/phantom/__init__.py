"""Synthetic studies: what a hospital sends, with identifiers that belong to nobody (docs/phantom.md)."""
