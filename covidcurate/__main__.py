"""Run the command line with ``python -m covidcurate``."""

from covidcurate.cli.main import main

if __name__ == "__main__":
    main()
