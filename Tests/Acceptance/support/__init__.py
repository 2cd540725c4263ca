"""What the acceptance tests share: a server to talk to, readers of what it serves, independent players."""
