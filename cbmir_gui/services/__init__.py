"""What a user can do, one module per use case; knows no Qt."""
