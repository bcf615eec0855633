-- Grain: one row. Customers who were active on $cutoff, and those of them who bought in the $days from it on.
-- Reads net_lines (net_lines.sql as of the end of those days).
with customers as (
    select
        customer_id,
        max(ordered_at::date) filter (where ordered_at < $cutoff::timestamp) as last_day,
        count(*) filter (where ordered_at >= $cutoff::timestamp) > 0 as is_back
    from net_lines
    where amount > 0
    group by customer_id
),

final as (
    select
        count(*) as customers,
        count(*) filter (where is_back) as back
    from customers
    where last_day >= $cutoff::date - coalesce($active_days, 100000)::integer
)

select *
from final
