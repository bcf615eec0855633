"""The entry point of the command `clientela promote`."""

from clientela.cli.registry import promote

if __name__ == "__main__":
    promote()
