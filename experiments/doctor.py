"""The entry point of the command `clientela doctor`."""

from clientela.cli.doctor import doctor

if __name__ == "__main__":
    doctor()
