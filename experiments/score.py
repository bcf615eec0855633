"""The entry point of the command `clientela score`."""

from clientela.cli.runs import score

if __name__ == "__main__":
    score()
