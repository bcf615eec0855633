"""The entry point of the command `clientela renew`."""

from clientela.cli.monitoring import renew

if __name__ == "__main__":
    renew()
