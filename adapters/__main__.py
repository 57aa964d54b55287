"""The other door of the `mockingbird` command: ``python -m adapters``."""

from adapters.cli import main

if __name__ == "__main__":
    main()
