"""The open library as the window sees it; all writing is asked of others."""
