"""``python -m dataverse_emulator`` is the command ``dataverse-emulator``."""

from dataverse_emulator.cli import main

if __name__ == "__main__":
    main(prog_name="dataverse-emulator")
