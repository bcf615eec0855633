-- Grain: one row per day with purchases: revenue and orders, net of cancellations.
-- Reads net_lines.
select
    ordered_at::date as day,
    sum(amount)::double as revenue,
    count(distinct order_id) as orders
from net_lines
where amount > 0
group by day
order by day
