-- Grain: one row per customer with an order before $as_of that was not cancelled before $as_of.
-- Reads net_lines (net_lines.sql as of the same date) and customers.
-- Invariants: last_event_at < $as_of; orders_last_30 <= orders_last_90; services_last_90 <= services_used. Sums are over
-- exact decimals, so the result does not depend on the number of threads.
with purchases as (
    select *
    from net_lines
    where amount > 0
),

orders as (
    select
        customer_id,
        order_id,
        min(ordered_at) as ordered_at,
        max(ordered_at) as last_event_at,
        sum(amount) as order_value
    from purchases
    group by customer_id, order_id
),

counts as (
    select
        customer_id,
        max(last_event_at) as last_event_at,
        min(ordered_at) as first_at,
        max(ordered_at) as last_at,
        count(*) as order_count,
        count(distinct ordered_at::date) as order_days,
        sum(order_value) as spend,
        count(*) filter (where ordered_at >= $as_of::timestamp - interval 30 day) as orders_last_30,
        count(*) filter (where ordered_at >= $as_of::timestamp - interval 90 day) as orders_last_90,
        count(*) filter (
            where ordered_at < $as_of::timestamp - interval 90 day
            and ordered_at >= $as_of::timestamp - interval 180 day
        ) as orders_90_before,
        coalesce(sum(order_value) filter (where ordered_at >= $as_of::timestamp - interval 90 day), 0) as recent_value
    from orders
    group by customer_id
),

services as (
    select
        customer_id,
        nullif(count(distinct product_group), 0) as services_used,
        count(distinct product_group) filter (
            where ordered_at >= $as_of::timestamp - interval 90 day
        ) as services_last_90
    from purchases
    group by customer_id
),

final as (
    select
        counts.customer_id,
        date_diff('day', coalesce(customers.signup_date, first_at::date), $as_of::date)::double as subscription_days,
        customers.age,
        customers.gender,
        customers.region,
        spend::double * 30.4 / greatest(date_diff('day', first_at, $as_of::timestamp), 30.4) as spend_per_month,
        orders_last_30::double as orders_last_30,
        orders_last_90::double as orders_last_90,
        orders_90_before::double as orders_90_before,
        coalesce(
            (orders_last_90 - orders_90_before)::double / nullif(orders_last_90 + orders_90_before, 0), 0
        ) as order_trend,
        date_diff('day', last_at, $as_of::timestamp)::double * (order_days - 1)
            / nullif(date_diff('day', first_at, last_at), 0) as overdue,
        ln(
            (recent_value::double / nullif(orders_last_90, 0))
            / nullif((spend - recent_value)::double / nullif(order_count - orders_last_90, 0), 0)
        ) as order_value_change,
        services_used::double as services_used,
        case when services_used is not null then services_last_90::double end as services_last_90,
        last_event_at
    from counts
    join services using (customer_id)
    left join customers using (customer_id)
    -- Customers who sign up later do not exist yet.
    where customers.signup_date is null or customers.signup_date < $as_of::date
)

select *
from final
order by customer_id
