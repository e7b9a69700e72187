"""The command line; knows no Qt and computes nothing itself."""
