"""The query side of the window: image, frames and search; it never decodes."""
