"""Resolves requirements/*.in and package.json anew: exact versions with hashes, and no registry's address."""

import subprocess
import sys

from scripts.install import CACHE, ROOT, call, npm, say

UV = "uv==0.13.8"
FOLDER = CACHE / "lock"


def main() -> None:
    """Writes requirements/*.txt and package-lock.json."""
    CACHE.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    call(FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    for name in ("base", "dev", "node", "litellm", "langchain", "llama-build", "llama"):
        say(f"Resolving requirements/{name}.in ...")
        options = ("--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade")
        source, target = f"requirements/{name}.in", f"requirements/{name}.txt"
        call(FOLDER / "bin" / "uv", "pip", "compile", *options, "--no-emit-index-url", source, "-o", target)
    say("Resolving package.json ...")
    call(*npm(), "install", "--package-lock-only", "--ignore-scripts")
    say(f"Done; look at the difference: git -C {ROOT} diff --stat")


if __name__ == "__main__":
    main()
