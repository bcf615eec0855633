"""The entry point of the command `clientela history`."""

from clientela.cli.registry import history

if __name__ == "__main__":
    history()
