-- Grain: one row. The quantile $quantile of the days between two orders of a customer, and the number of such gaps.
-- Reads net_lines (net_lines.sql as of the as-of date).
with days as (
    select distinct customer_id, ordered_at::date as day
    from net_lines
    where amount > 0
),

gaps as (
    select date_diff('day', lag(day) over (partition by customer_id order by day), day) as gap
    from days
)

select
    quantile_disc(gap, $quantile) as days,
    count(gap) as gaps
from gaps
