"""The entry point of the command `clientela monitor`."""

from clientela.cli.monitoring import monitor

if __name__ == "__main__":
    monitor()
