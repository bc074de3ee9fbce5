"""The simulated provider: a small server that speaks the Chat Completions wire on loopback, so that everything can be
tried and tested without a key. It knows nothing of the rest of the project; ``grammar`` documents its models.
"""

from compare_site.demo.server import DemoServer, serve

__all__ = ["DemoServer", "serve"]
