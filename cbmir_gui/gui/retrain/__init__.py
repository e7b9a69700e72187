"""The dialog that starts a training and shows how it goes; it trains nothing itself."""
