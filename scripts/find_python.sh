#!/bin/sh
# Prints the Python to build .venv with: the newest of 3.13 to 3.11 that really starts, else any newer python3.
# A name on the PATH is not enough: version managers leave stubs that only print an error.
for name in python3.13 python3.12 python3.11 python3; do
  if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    echo "$name"
    exit 0
  fi
done
exit 1
