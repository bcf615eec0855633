"""The entry point of the command `clientela campaign simulate`."""

from clientela.cli.campaigns import simulate

if __name__ == "__main__":
    simulate()
