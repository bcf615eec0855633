"""The entry point of the command `clientela campaign start`."""

from clientela.cli.campaigns import start

if __name__ == "__main__":
    start()
