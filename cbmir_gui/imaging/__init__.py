"""Turns files into pixels; knows no features."""
