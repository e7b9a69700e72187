"""The trained models: list, card, and what can be done with them."""
