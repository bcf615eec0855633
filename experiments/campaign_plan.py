"""The entry point of the command `clientela campaign plan`."""

from clientela.cli.campaigns import plan

if __name__ == "__main__":
    plan()
