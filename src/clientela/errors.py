"""The few kinds of errors that Clientela raises; every message names the thing, the rule and the value received."""


class ClientelaError(Exception):
    """Base of all errors that a user can mend; the entry scripts print it in one line and exit with 2."""


class InvalidInput(ClientelaError, ValueError):
    """A parameter or a request breaks a rule."""


class InvalidSettings(ClientelaError):
    """A file in conf/ is missing, unreadable, or has a key or value that the settings refuse."""


class InvalidData(ClientelaError):
    """The source cannot be read, lacks a column, or leaves nothing after cleaning."""


class NoUsefulSegmentation(ClientelaError):
    """Every candidate was rejected; the message gives each one's reason."""


class LeakageSuspected(ClientelaError):
    """A churn model seems to use data from after the cut-off; the message gives the limit and the value."""


class GateRefusal(ClientelaError):
    """A version may not become champion; the message gives each failed check with both values."""


class RegistryError(ClientelaError):
    """The registry does not have the requested version or alias."""
