"""Script clients of the outer contracts. They import nothing of the product: they judge it from outside."""
