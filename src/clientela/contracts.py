"""The contracts of the tables: what one row is, and the columns with types, units and definitions.

`docs/data-dictionary.md` is generated from this module; tests compare the output of the SQL with the contracts.
"""

from dataclasses import dataclass

LANGUAGES: tuple[str, ...] = ("en", "pt-BR")  # languages of segment names and reports


IDENTIFIERS = ("customer_id", "order_id")


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Attributes:
        name: name of the column.
        type: DuckDB's name of the type.
        unit: unit of the values; empty for none.
        definition: what the values are.
        required: whether the column has values in every row of every source; false if it may be null.
        whole: whether the values are whole numbers, although the type allows fractions.
        sensitivity: "identifier", "personal" or "business"; empty for that of the table.
    """

    name: str
    type: str
    unit: str
    definition: str
    required: bool = True
    whole: bool = False
    sensitivity: str = ""


@dataclass(frozen=True)
class Contract:
    """A table.

    Attributes:
        name: name of the table.
        grain: what one row is.
        columns: columns in order.
        origin: where the values come from.
        sensitivity: that of columns without their own: "personal" for what is known of one customer, else "business".

    >>> TRANSACTIONS["unit_price"].unit
    'currency'
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    origin: str = ""
    sensitivity: str = "personal"

    def sensitivity_of(self, column: Column) -> str:
        """The sensitivity of a column: ids identify customers, the others are as the column or the table says."""
        return "identifier" if column.name in IDENTIFIERS else column.sensitivity or self.sensitivity

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


TRANSACTIONS = Contract(
    "transactions",
    "one purchased invoice line, before later cancellations are deducted",
    (
        Column("line_id", "BIGINT", "", "number of the row in the source, from 1"),
        Column("customer_id", "VARCHAR", "", "canonical text id of the customer"),
        Column(
            "order_id",
            "VARCHAR",
            "",
            "canonical text id of the order; without one, the row number, or the date and the customer",
        ),
        Column("ordered_at", "TIMESTAMP", "", "when the order was placed, in the shop's local time"),
        Column("product_id", "VARCHAR", "", "stock code", required=False),
        Column("description", "VARCHAR", "", "product name", required=False),
        Column("product_group", "VARCHAR", "", "product group or category", required=False),
        Column("quantity", "DOUBLE", "items", "items bought", required=False),
        Column("unit_price", "DOUBLE", "currency", "price of one item", required=False),
        Column("amount", "DECIMAL(18,4)", "currency", "money of the line"),
        Column("country", "VARCHAR", "", "country of the order", required=False),
    ),
    origin="the source, read and cleaned",
)

CANCELLATIONS = Contract(
    "cancellations",
    "one cancellation or refund, matched with a line that it cancels fully or partly",
    (
        Column("line_id", "BIGINT", "", "line of the transactions that is cancelled"),
        Column("cancelled_at", "TIMESTAMP", "", "time of the cancellation; not known as of an earlier date"),
        Column("quantity", "DOUBLE", "items", "items cancelled, positive; null for a refund", required=False),
        Column("amount", "DECIMAL(18,4)", "currency", "money cancelled, positive"),
    ),
    origin="the source, matched by the cleaning",
)

LEDGER = Contract(
    "ledger",
    "one cleaning rule, in order of application; the first row is the source, the last row what is kept",
    (
        Column("step", "INTEGER", "", "order of application"),
        Column("rule", "VARCHAR", "", "name of the rule"),
        Column("definition", "VARCHAR", "", "what the rule drops or changes"),
        Column("rows_matching", "BIGINT", "rows", "source rows that the rule matches, regardless of earlier rules"),
        Column("rows_out", "BIGINT", "rows", "rows that this step dropped"),
        Column("rows_changed", "BIGINT", "rows", "rows kept with a different amount"),
        Column("money_out", "DECIMAL(38,4)", "currency", "money of the dropped rows (negative for refunds)"),
        Column("rows_left", "BIGINT", "rows", "rows after the step"),
        Column("money_left", "DECIMAL(38,4)", "currency", "money after the step"),
        Column(
            "example",
            "VARCHAR",
            "",
            "first row that the rule dropped or changed",
            required=False,
            sensitivity="identifier",
        ),
    ),
    origin="the cleaning",
    sensitivity="business",
)

CUSTOMER_FEATURES = Contract(
    "customer_features",
    "one customer with at least one order before the as-of date",
    (
        Column("customer_id", "VARCHAR", "", "canonical text id of the customer"),
        Column(
            "days_since_last_purchase",
            "DOUBLE",
            "days",
            "as-of date minus the date of the last order (recency)",
            whole=True,
        ),
        Column("order_count", "DOUBLE", "orders", "distinct orders (frequency)", whole=True),
        Column("total_spend", "DOUBLE", "currency", "money of all orders, net of cancellations (monetary)"),
        Column("mean_order_value", "DOUBLE", "currency/order", "total_spend / order_count"),
        Column("largest_order_value", "DOUBLE", "currency/order", "money of the largest order"),
        Column("tenure_days", "DOUBLE", "days", "as-of date minus the date of the first order", whole=True),
        Column("active_months", "DOUBLE", "months", "calendar months with at least one order", whole=True),
        Column(
            "mean_days_between_orders",
            "DOUBLE",
            "days",
            "mean gap between consecutive orders; null for fewer than two",
            required=False,
        ),
        Column(
            "sd_days_between_orders",
            "DOUBLE",
            "days",
            "standard deviation of those gaps; null for fewer than three orders",
            required=False,
        ),
        Column("recent_spend", "DOUBLE", "currency", "money of the orders in the 90 days before the as-of date"),
        Column("fading_spend", "DOUBLE", "currency", "money of all orders, weighted with a half-life of 125 days"),
        Column("fading_orders", "DOUBLE", "orders", "number of orders, weighted with a half-life of 125 days"),
        Column(
            "spend_trend",
            "DOUBLE",
            "",
            "(spend of the last 90 days - spend of the 90 before) / their sum, in [-1, 1]; 0 if both are 0",
        ),
        Column("items_per_order", "DOUBLE", "items/order", "items bought / order_count", required=False),
        Column("lines_per_order", "DOUBLE", "lines/order", "invoice lines / order_count"),
        Column(
            "products_per_order",
            "DOUBLE",
            "products/order",
            "mean number of distinct products per order",
            required=False,
        ),
        Column("distinct_products", "DOUBLE", "products", "distinct products ever bought", required=False, whole=True),
        Column("mean_item_price", "DOUBLE", "currency/item", "total_spend / items bought", required=False),
        Column("return_share", "DOUBLE", "share", "money cancelled later / money ordered"),
        Column("weekend_share", "DOUBLE", "share", "orders placed on Saturday or Sunday / order_count"),
        Column(
            "evening_share",
            "DOUBLE",
            "share",
            "orders placed at 18:00 or later / order_count; null if the source has dates only",
            required=False,
        ),
        Column(
            "holiday_share",
            "DOUBLE",
            "share",
            "money of the orders placed in November or December / total_spend",
        ),
    ),
    origin="transactions and cancellations before the as-of date",
)

CUSTOMERS = Contract(
    "customers",
    "one customer of the cleaned customer table",
    (
        Column("customer_id", "VARCHAR", "", "canonical text id of the customer"),
        Column("age", "DOUBLE", "years", "age in the customer table", required=False),
        Column("gender", "VARCHAR", "", "gender in the customer table", required=False),
        Column("region", "VARCHAR", "", "region", required=False),
        Column(
            "signup_date",
            "DATE",
            "",
            "signup date; date of the first transaction if the signup date is later or missing",
            required=False,
        ),
        Column("churn", "DOUBLE", "", "1 if the customer left, else 0, as in the customer table", required=False),
    ),
    origin="the customer table, cleaned",
)

CHURN_FEATURES = Contract(
    "churn_features",
    "one customer as of the cut-off: the customer features and these; then four columns per service",
    (
        Column("customer_id", "VARCHAR", "", "canonical text id of the customer"),
        Column("subscription_days", "DOUBLE", "days", "cut-off minus signup_date", required=False),
        Column("age", "DOUBLE", "years", "age in the customer table", required=False),
        Column("gender", "VARCHAR", "", "gender in the customer table", required=False),
        Column("region", "VARCHAR", "", "region in the customer table", required=False),
        Column("spend_per_month", "DOUBLE", "currency/month", "total_spend / tenure_days * 30.4, at least one month"),
        Column("orders_last_30", "DOUBLE", "orders", "orders in the 30 days before the cut-off"),
        Column("orders_last_90", "DOUBLE", "orders", "orders in the 90 days before the cut-off"),
        Column("orders_90_before", "DOUBLE", "orders", "orders in the 90 days before that"),
        Column(
            "order_trend", "DOUBLE", "", "(orders_last_90 - orders_90_before) / their sum, in [-1, 1]; 0 without orders"
        ),
        Column(
            "overdue",
            "DOUBLE",
            "",
            "days_since_last_purchase / mean_days_between_orders; null for fewer than two order days",
            required=False,
        ),
        Column(
            "order_value_change",
            "DOUBLE",
            "",
            "log ratio of the mean order values of the last 90 days and of all earlier orders; null if one is missing",
            required=False,
        ),
        Column("services_used", "DOUBLE", "services", "distinct services (product groups) ever paid", required=False),
        Column("services_last_90", "DOUBLE", "services", "distinct services paid in the last 90 days", required=False),
        Column(
            "service_shift",
            "DOUBLE",
            "share",
            "change of the service mix: half the sum of absolute differences between the shares of orders by service "
            "in the last 90 days and before; null if one side has no orders",
            required=False,
        ),
        Column("last_event_at", "TIMESTAMP", "", "latest transaction used by the features; before the cut-off"),
    ),
    origin="transactions and customers before the cut-off",
)

CHURN_SERVICES = (
    Column("recent_orders_*", "DOUBLE", "orders", "orders of the service in the 90 days before the cut-off"),
    Column("earlier_orders_*", "DOUBLE", "orders", "orders of the service in the 90 days before that"),
    Column("spend_share_*", "DOUBLE", "share", "money of the service / total_spend"),
    Column(
        "orders_lost_*",
        "DOUBLE",
        "",
        "log(1 + earlier_orders) - log(1 + recent_orders): above 0 if the service is used less",
    ),
)

_FEATURES = (*CUSTOMER_FEATURES.columns, *CHURN_FEATURES.columns)
MONEY_FEATURES = frozenset(column.name for column in _FEATURES if column.unit.startswith("currency"))
SHARE_FEATURES = tuple(column.name for column in CUSTOMER_FEATURES.columns if column.unit == "share")
WHOLE_FEATURES = frozenset(column.name for column in _FEATURES if column.whole)

RFM = ["days_since_last_purchase", "order_count", "total_spend"]  # recency, frequency, monetary value

SEGMENTS = Contract(
    "segments",
    "one customer of the model version; the other features used by its rules follow",
    (
        Column("customer_id", "VARCHAR", "", "canonical text id of the customer"),
        Column("segment_id", "INTEGER", "", "id of the segment; a refit keeps the id of a continued segment"),
        Column("rule", "INTEGER", "", "index (from 0) of the rule that applies, in the version's list of rules"),
        *(CUSTOMER_FEATURES[name] for name in (*RFM, "mean_order_value")),
    ),
    origin="the registered version",
)
