"""Turns pixels into vectors; knows no files and no libraries."""
