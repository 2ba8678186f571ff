"""Run a command while the synthetic sites are up: ``python -m tests.sites --config FILE -- COMMAND...``.

FILE, the covidcurate.toml of a dataset, gets what leads the command to them, and is put back afterwards.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from .server import SiteServer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    before = options.config.read_bytes() if options.config.exists() else None
    with SiteServer() as server:
        try:
            options.config.write_bytes((before or b"") + settings(server).encode())
            return subprocess.run(options.command, check=False).returncode
        finally:
            if before is None:
                options.config.unlink(missing_ok=True)
            else:
                options.config.write_bytes(before)


def settings(server: SiteServer) -> str:
    """Return the TOML that leads covidcurate to the server."""
    mirrors = "".join(f'"{origin}" = "{address}"\n' for origin, address in server.mirrors.items())
    return (
        f'\n[web]\ncontact = "demo@example.org"\n[web.mirrors]\n{mirrors}\n'
        '[sources.radiopaedia]\npermission = "synthetic pages, written by us, 2026"\n'
    )


if __name__ == "__main__":
    sys.exit(main())
