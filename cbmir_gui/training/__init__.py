"""Labelled images to a trained model with a card; knows no window and no library."""
