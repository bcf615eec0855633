-- Grain: one row per customer with an order on or after $start.
-- Reads net_lines (net_lines.sql as of the end of the period).
with final as (
    select
        customer_id,
        sum(amount)::double as next_spend,
        count(distinct order_id)::double as next_orders
    from net_lines
    where ordered_at >= $start::timestamp
    and amount > 0
    group by customer_id
)

select *
from final
order by customer_id
