-- Grain: one row per customer with an order in the baseline or in the period.
-- Reads net_lines (net_lines.sql as of the end of the period). The baseline precedes the period, which starts at $start.
with purchases as (
    select
        customer_id,
        order_id,
        amount,
        ordered_at >= $start::timestamp as in_period
    from net_lines
    where amount > 0
    and ordered_at >= $baseline::timestamp
),

final as (
    select
        customer_id,
        count(distinct order_id) filter (where in_period)::double as orders,
        coalesce(sum(amount) filter (where in_period), 0)::double as spend,
        count(distinct order_id) filter (where not in_period)::double as baseline_orders,
        coalesce(sum(amount) filter (where not in_period), 0)::double as baseline_spend
    from purchases
    group by customer_id
)

select *
from final
order by customer_id
