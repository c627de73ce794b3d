"""Objectives as published, one file a family."""
