"""The entry point of the command `clientela inspect`; its name must not hide Python's own module."""

from clientela.cli.inspection import inspect

if __name__ == "__main__":
    inspect()
