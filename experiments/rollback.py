"""The entry point of the command `clientela rollback`."""

from clientela.cli.registry import rollback

if __name__ == "__main__":
    rollback()
