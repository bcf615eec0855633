-- Grain: one row per segment, order and product, for the segment's $most_orders latest orders and their $most_products
-- most frequent products.
-- Reads segment_purchases (segment_purchases.sql).
-- Invariants: order_count counts all sampled orders of the segment, with or without a frequent product; product_id
-- occurs once per order.
with items as (
    select distinct
        segment_id,
        customer_id,
        order_id,
        product_id
    from segment_purchases
    where product_id is not null
),

orders as (
    select
        segment_id,
        customer_id,
        order_id,
        row_number() over (
            partition by segment_id
            order by min(ordered_at) desc, order_id, customer_id
        ) as order_number
    from segment_purchases
    group by segment_id, customer_id, order_id
    qualify order_number <= $most_orders
),

order_counts as (
    select
        segment_id,
        count(*) as order_count
    from orders
    group by segment_id
),

sampled as (
    select
        items.segment_id,
        orders.order_number,
        items.product_id
    from items
    join orders using (segment_id, customer_id, order_id)
),

frequent as (
    select
        segment_id,
        product_id
    from sampled
    group by segment_id, product_id
    qualify row_number() over (partition by segment_id order by count(*) desc, product_id) <= $most_products
),

final as (
    select
        sampled.segment_id,
        sampled.order_number,
        sampled.product_id,
        order_counts.order_count
    from sampled
    join frequent using (segment_id, product_id)
    join order_counts using (segment_id)
)

select *
from final
order by segment_id, order_number, product_id
