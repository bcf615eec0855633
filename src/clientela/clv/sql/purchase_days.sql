-- Grain: one row per customer and day with at least one order, from $start on.
-- Reads net_lines (features/sql/net_lines.sql as of the end of the period).
-- Invariants: spend > 0.
with final as (
    select
        customer_id,
        ordered_at::date as day,
        sum(amount)::double as spend
    from net_lines
    where amount > 0
    and ordered_at >= $start::timestamp
    group by customer_id, day
)

select *
from final
order by customer_id, day
