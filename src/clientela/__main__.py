"""`python -m clientela`: the command, where its script is not on the PATH."""

from clientela.cli import main

main(prog_name="clientela")
