"""The entry point of the command `clientela try-api`."""

from clientela.cli.servers import try_api

if __name__ == "__main__":
    try_api()
