-- Grain: one row per customer and service (product group) with a purchase before $as_of.
-- Reads net_lines (net_lines.sql as of the same date).
with final as (
    select
        customer_id,
        product_group as service,
        count(distinct order_id)::double as orders,
        count(distinct order_id) filter (where ordered_at >= $as_of::timestamp - interval 90 day)::double as recent,
        count(distinct order_id) filter (
            where ordered_at < $as_of::timestamp - interval 90 day
            and ordered_at >= $as_of::timestamp - interval 180 day
        )::double as earlier,
        sum(amount)::double as spend
    from net_lines
    where amount > 0
    and product_group is not null
    group by customer_id, product_group
)

select *
from final
order by customer_id, service
