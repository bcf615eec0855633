"""The contracts of the tables that commands write and runs log: lists, scores, and tables of a comparison."""

from clientela.contracts import CUSTOMER_FEATURES, TRANSACTIONS, Column, Contract

CUSTOMER_ID = Column("customer_id", "VARCHAR", "", "canonical text id of the customer, or the pseudonym")
SEGMENT_ID = Column("segment_id", "INTEGER", "", "id of the segment")
SEGMENT = Column("segment", "VARCHAR", "", "name of the segment")
AS_OF = Column("as_of", "DATE", "", "as-of date", sensitivity="business")
VERSION = Column("model_version", "INTEGER", "", "version of the registered model", sensitivity="business")
ARM = Column("arm", "VARCHAR", "", "treatment (to be contacted) or control (left out), drawn at random")
PROBABILITY = Column("probability", "DOUBLE", "share", "predicted probability to leave within the window")
BAND = Column("band", "VARCHAR", "", "band of the probability: low, medium or high")
PROFIT = Column("expected_profit", "DOUBLE", "currency", "what a call is expected to bring after its costs")
REASONS = Column("reasons", "VARCHAR", "", "what raises the probability most, in words")
WINDOW = Column("window_days", "INTEGER", "days", "length of the window", sensitivity="business")

REJECTED = Contract(
    "rejected",
    "one row of the source that the cleaning rejects (--rejected)",
    (
        Column("rejected_by", "VARCHAR", "", "rule that rejects the row", sensitivity="business"),
        *TRANSACTIONS.columns,
    ),
    origin="the source, read but not accepted",
)

SCORES = Contract(
    "customer_segments",
    "one customer of a batch score, or of the list customers.csv of a comparison; the key figures follow",
    (CUSTOMER_ID, SEGMENT_ID, SEGMENT, AS_OF, VERSION, *CUSTOMER_FEATURES.columns[1:], ARM),
    origin="clientela score, clientela segment",
)

INSIDERS = Contract(
    "insiders",
    "one member of the Insiders programme",
    (
        CUSTOMER_ID,
        Column("status", "VARCHAR", "", "enters or stays"),
        Column("member_since", "DATE", "", "first day of the membership"),
        Column("spend", "DOUBLE", "currency", "spend in the window"),
        Column("orders", "INTEGER", "orders", "orders in the window"),
        CUSTOMER_FEATURES["days_since_last_purchase"],
        Column("expected", "DOUBLE", "currency", "expected spend of the next months"),
        Column("low", "DOUBLE", "currency", "lower end of the interval of the expected spend"),
        Column("high", "DOUBLE", "currency", "upper end of the interval of the expected spend"),
        ARM,
        WINDOW,
        Column("expected_months", "INTEGER", "months", "months of the expected spend", sensitivity="business"),
        AS_OF,
    ),
    origin="clientela insiders",
)

CHURN_SCORES = Contract(
    "customer_churn",
    "one current customer",
    (
        CUSTOMER_ID,
        PROBABILITY,
        BAND,
        Column("call", "BOOLEAN", "", "whether a call is expected to pay"),
        PROFIT,
        REASONS,
        WINDOW,
        AS_OF,
        VERSION,
    ),
    origin="clientela churn-score",
)

CALL_LIST = Contract(
    "call_list",
    "one customer for whom a call is expected to pay",
    (CUSTOMER_ID, PROBABILITY, BAND, PROFIT, REASONS, SEGMENT_ID),
    origin="clientela churn",
)

ASSIGNMENT = Contract(
    "campaign_assignment",
    "one customer of a campaign's target group",
    (
        Column("campaign", "VARCHAR", "", "name of the campaign", sensitivity="business"),
        CUSTOMER_ID,
        SEGMENT,
        Column("arm", "VARCHAR", "", "treatment, control, global hold-out or excluded"),
        Column("reason", "VARCHAR", "", "why the customer is excluded", required=False),
        Column("since", "DATE", "", "first day of the assignment", sensitivity="business"),
    ),
    origin="clientela campaign start",
)

CAMPAIGN_LIST = Contract(
    "campaign_list",
    "one customer to be contacted",
    (
        CUSTOMER_ID,
        SEGMENT,
        ASSIGNMENT["campaign"],
        Column("action", "VARCHAR", "", "what to do", sensitivity="business"),
        ARM,
        Column("as_of", "DATE", "", "first day of the campaign", sensitivity="business"),
    ),
    origin="clientela campaign start",
)


def _hashed(name: str, what: str) -> Column:
    return Column(name, "VARCHAR", "", f"{what}, normalised and hashed (SHA-256)", False, sensitivity="identifier")


def _plain(name: str, what: str) -> Column:
    return Column(name, "VARCHAR", "", what, False)


GOOGLE_LIST = Contract(
    "customer_match_google",
    "one person of a customer-match file of Google Ads",
    (
        _hashed("Email", "e-mail address"),
        _hashed("Phone", "telephone number"),
        _hashed("First Name", "first name"),
        _hashed("Last Name", "last name"),
        _plain("Country", "ISO 3166 code of the country"),
        _plain("Zip", "postal code"),
    ),
    origin="clientela campaign start, from the contact details",
)

META_LIST = Contract(
    "customer_match_meta",
    "one person of a customer-match file of Meta",
    (
        _hashed("email", "e-mail address"),
        _hashed("phone", "telephone number"),
        _hashed("fn", "first name"),
        _hashed("ln", "last name"),
        _hashed("ct", "city"),
        _hashed("st", "state"),
        _hashed("zip", "postal code"),
        _hashed("country", "country"),
        _hashed("dob", "date of birth"),
        _hashed("gen", "gender"),
    ),
    origin="clientela campaign start, from the contact details",
)

LEADERBOARD = Contract(
    "leaderboard",
    "one candidate of a comparison; the columns of what was not measured are missing",
    (
        Column("name", "VARCHAR", "", "algorithm and parameters"),
        Column("verdict", "VARCHAR", "", "winner, fallback, shortlisted, baseline or rejected"),
        Column("separation", "DOUBLE", "", "silhouette and Davies-Bouldin combined; higher is better", False),
        Column("silhouette", "DOUBLE", "", "mean silhouette width in [-1, 1]", False),
        Column("davies_bouldin", "DOUBLE", "", "Davies-Bouldin index; lower is better", False),
        Column("calinski_harabasz", "DOUBLE", "", "Calinski-Harabasz index; higher is better", False),
        Column("stability", "DOUBLE", "", "agreement of refits on other samples (adjusted Rand index)", False),
        Column("explained_spend", "DOUBLE", "share", "variance of next-period spend that is explained", False),
        Column("segment_count", "DOUBLE", "segments", "number of segments", False),
        Column("smallest_share", "DOUBLE", "share", "customers of the smallest segment", False),
        Column("noise_share", "DOUBLE", "share", "customers that are no member of a cluster", False),
        Column("largest_share", "DOUBLE", "share", "customers of the largest segment", False),
        Column("fit_seconds", "DOUBLE", "s", "duration of the fit", False),
        Column("bic", "DOUBLE", "", "Bayesian information criterion of a mixture", False),
        Column("reason", "VARCHAR", "", "why the candidate has its verdict"),
    ),
    origin="clientela segment",
    sensitivity="business",
)

MIGRATION = Contract(
    "migration",
    "one pair of an earlier and a present segment",
    (
        Column("from", "VARCHAR", "", "earlier segment; null for new customers", False),
        Column("to", "VARCHAR", "", "present segment; null for customers who left", False),
        Column("customers", "BIGINT", "customers", "customers who moved from one to the other"),
    ),
    origin="clientela segment, clientela refresh",
    sensitivity="business",
)

EXPORTED = (
    REJECTED, SCORES, INSIDERS, CHURN_SCORES, CALL_LIST, ASSIGNMENT, CAMPAIGN_LIST, GOOGLE_LIST, META_LIST, LEADERBOARD,
    MIGRATION,
)  # fmt: skip
