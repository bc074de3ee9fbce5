"""The real stack in a real browser: ``manage.py up``, collected static files, Chromium."""
