"""The entry point of the command `clientela refresh`."""

from clientela.cli.runs import refresh

if __name__ == "__main__":
    refresh()
