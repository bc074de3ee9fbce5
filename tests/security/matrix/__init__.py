"""Who may do what at every door, generated from the doors themselves. A door that nobody classified is a failure."""
