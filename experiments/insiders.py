"""The entry point of the command `clientela insiders`."""

from clientela.cli.runs import insiders

if __name__ == "__main__":
    insiders()
