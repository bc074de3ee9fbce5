"""THE PROVIDERS: who one can talk to and how.

What one could take out and reuse: it imports nothing of compare_site. The site enters by three doors:
``providers.models``, ``providers.resolve`` and ``providers.contract``.
"""
