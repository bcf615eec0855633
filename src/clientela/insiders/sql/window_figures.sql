-- Grain: one row per customer with at least one order before $as_of, as in customer_features.sql.
-- Reads net_lines (features/sql/net_lines.sql as of the same date).
-- Invariants: spend > 0 if and only if orders > 0; days >= 1, also if the last order was before the window.
with purchases as (
    select
        *,
        ordered_at >= $as_of::timestamp - to_days($window_days) as in_window
    from net_lines
    where amount > 0
),

final as (
    select
        customer_id,
        coalesce(sum(amount) filter (where in_window), 0)::double as spend,
        count(distinct order_id) filter (where in_window)::double as orders,
        date_diff('day', max(ordered_at), $as_of::timestamp)::double as days
    from purchases
    group by customer_id
)

select *
from final
order by customer_id
