"""Shared parts of the acceptance tests: servers and clients, readers of streams, independent players."""
