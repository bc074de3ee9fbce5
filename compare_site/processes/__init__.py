"""Starting, watching and stopping the processes of one installation: what ``manage.py up``, ``web`` and ``worker`` use.

Nothing here knows what the processes do, and nothing of the rest of the site imports it.
"""
