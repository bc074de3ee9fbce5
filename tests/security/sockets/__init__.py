"""The websocket from outside: who may open it, what it takes, and when it is taken away."""
