-- Grain: one row. The days between two orders of a customer, below which a share of $quantile of all such gaps lie.
-- Reads net_lines (net_lines.sql as of the present).
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
