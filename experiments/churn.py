"""The entry point of the command `clientela churn`."""

from clientela.cli.runs import churn

if __name__ == "__main__":
    churn()
