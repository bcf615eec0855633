"""The errors that Clientela raises; every message names the thing, the rule and the value received."""


class ClientelaError(Exception):
    """Base class of errors that a user can fix; the commands print the message in one line and exit with code 2."""


class InvalidInput(ClientelaError, ValueError):
    """A parameter or a request is invalid."""


class InvalidSettings(ClientelaError):
    """A settings file is missing, unreadable, or has an invalid key or value."""


class InvalidData(ClientelaError):
    """The source cannot be read, lacks a column, or has no rows left after cleaning."""


class NoUsefulSegmentation(ClientelaError):
    """No candidate is usable, and there are no purchases for the RFM rules; the message gives each reason."""


class LeakageSuspected(ClientelaError):
    """A churn model seems to use data from after the cut-off; the message gives the limit and the value."""


class GateRefusal(ClientelaError):
    """A version may not become champion; the message gives each failed check with both values."""


class RegistryError(ClientelaError):
    """The registry does not have the requested version or alias."""
