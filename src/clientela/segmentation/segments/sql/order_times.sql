-- Grain: one row per segment, weekday (1 is Monday) and hour in which its customers ordered.
-- Reads segment_purchases (segment_purchases.sql).
-- Invariants: orders >= 1; they sum to the orders of the segment's customers.
with orders as (
    select
        segment_id,
        customer_id,
        order_id,
        min(ordered_at) as ordered_at
    from segment_purchases
    group by segment_id, customer_id, order_id
),

final as (
    select
        segment_id,
        isodow(ordered_at) as weekday,
        hour(ordered_at) as hour,
        count(*) as orders
    from orders
    group by segment_id, weekday, hour
)

select *
from final
order by segment_id, weekday, hour
