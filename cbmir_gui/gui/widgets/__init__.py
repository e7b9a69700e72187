"""Widgets of the window that know nothing of searches and libraries."""
