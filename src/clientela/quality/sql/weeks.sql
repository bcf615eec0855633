-- Grain: one row per week (Monday) with purchases: orders, revenue, customers, price level.
-- Reads the accepted source_lines, before cancellations. The price of a line is unit_price, or amount / quantity without one.
-- Invariants: price = 1 if every product always has the same price; null without products or prices.
with orders as (
    select
        order_id,
        customer_id,
        date_trunc('week', min(ordered_at))::date as week,
        sum(amount) as amount
    from source_lines
    where rejected_by is null
    group by order_id, customer_id
),

sales as (
    select
        week,
        count(distinct order_id) as orders,
        sum(amount)::double as revenue,
        count(distinct customer_id) as customers
    from orders
    group by week
),

priced as (
    select
        product_id,
        date_trunc('week', ordered_at)::date as week,
        coalesce(unit_price, amount::double / quantity) as price
    from source_lines
    where rejected_by is null and product_id is not null and coalesce(unit_price, amount::double / quantity) > 0
),

products as (
    select
        product_id,
        median(price) as price
    from priced
    group by product_id
),

prices as (
    select
        priced.week,
        median(priced.price / products.price) as price
    from priced
    inner join products using (product_id)
    group by priced.week
)

select
    sales.week,
    sales.orders,
    sales.revenue,
    sales.customers,
    prices.price
from sales
left join prices using (week)
order by sales.week
