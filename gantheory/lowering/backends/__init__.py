"""Interpreters of programs, one file a backend."""
