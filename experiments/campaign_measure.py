"""The entry point of the command `clientela campaign measure`."""

from clientela.cli.campaigns import measure

if __name__ == "__main__":
    measure()
