"""What `make` calls: set-up, checks, catalogs of texts, locks."""
