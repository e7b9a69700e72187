"""Where images come from: manifests and folders; it opens no image and no library."""
