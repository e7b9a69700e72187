"""What is on disk: records and features; knows no Keras and no Qt."""
