"""The processes behind engine; knows no window."""
