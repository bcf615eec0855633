"""The Insiders programme: explicit rules that select the best future customers, and a backtest of the rules."""
