"""Other people's servers in the loop: ``make test-peers`` installs them apart and runs these tests."""
