"""Keeps secrets: one protocol, four stores. Values are read and written here; what prints them is elsewhere.

The libraries of a store are imported when it is opened, so a host that uses another one never loads them.
"""

from ocrfleet.secrets.opening import kept_secrets, open_store
from ocrfleet.secrets.store import API_KEY, Revision, Secret, SecretStore

__all__ = ["API_KEY", "Revision", "Secret", "SecretStore", "kept_secrets", "open_store"]
