-- Grain: one row per order before $as_of that was not cancelled in full by then.
-- Reads net_lines (features/sql/net_lines.sql as of the same date).
-- Invariants: amount > 0, 1 <= days_ago.
with final as (
    select
        customer_id,
        date_diff('day', min(ordered_at)::date, $as_of::date) as days_ago,
        sum(amount)::double as amount
    from net_lines
    where amount > 0
    group by customer_id, order_id
)

select *
from final
order by days_ago, customer_id, amount
