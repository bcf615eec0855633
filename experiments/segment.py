"""The entry point of the command `clientela segment`."""

from clientela.cli.runs import segment

if __name__ == "__main__":
    segment()
