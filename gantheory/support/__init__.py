"""What work stands on: bounded time, progress, files that appear whole, digits of a thread, lazy names."""
