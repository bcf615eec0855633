"""The largest numbers of customer ids that one request may hold."""

MAX_IDS_PER_REQUEST = 100_000  # about 4 MB of JSON; more ids belong in a batch job
MAX_IDS_WITH_DETAILS = 10_000  # ids of a request with details: each is half a kilobyte of answer
