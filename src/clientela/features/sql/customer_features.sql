-- Grain: one row per customer with at least one order before $as_of that was not cancelled by then.
-- Reads net_lines (net_lines.sql as of the same date).
-- Invariants: order_count >= 1, total_spend > 0, 1 <= days_since_last_purchase <= tenure_days (days start at midnight),
-- shares in [0, 1], spend_trend in [-1, 1]. Sums are over exact decimals and whole numbers (fractional quantities are
-- cast to decimals), so the result does not depend on the number of threads.
-- The weights of fading_spend and fading_orders halve every 125 whole days; their sums are exact decimals, too.
with purchases as (
    select *
    from net_lines
    where amount > 0
),

cancelled as (
    select
        customer_id,
        sum(cancelled_amount)::double as cancelled_spend
    from net_lines
    group by customer_id
),

source_facts as (
    -- A source with dates only has every order at midnight: its evening share is unknown, not zero.
    select bool_or(hour(ordered_at) > 0) as has_time
    from purchases
),

orders as (
    select
        customer_id,
        order_id,
        min(ordered_at) as ordered_at,
        sum(amount) as order_value,
        sum(quantity::decimal(38, 4)) as items,
        count(*) as lines,
        count(distinct product_id) as products
    from purchases
    group by customer_id, order_id
),

gaps as (
    select
        *,
        power(0.5, date_diff('day', ordered_at, $as_of::timestamp) / 125.0)::decimal(18, 12) as weight,
        date_diff(
            'day', lag(ordered_at) over (partition by customer_id order by ordered_at, order_id), ordered_at
        ) as gap_days
    from orders
),

products as (
    select
        customer_id,
        nullif(count(distinct product_id), 0) as distinct_products
    from purchases
    group by customer_id
),

sums as (
    select
        customer_id,
        date_diff('day', max(ordered_at), $as_of::timestamp) as days_since_last_purchase,
        date_diff('day', min(ordered_at), $as_of::timestamp) as tenure_days,
        count(*) as order_count,
        sum(order_value)::double as total_spend,
        max(order_value)::double as largest_order_value,
        count(distinct date_trunc('month', ordered_at)) as active_months,
        count(gap_days) as gap_count,
        sum(gap_days)::double as gap_sum,
        sum(gap_days * gap_days)::double as gap_square_sum,
        coalesce(sum(order_value) filter (where ordered_at >= $as_of::timestamp - interval 90 day), 0)::double
            as recent_spend,
        coalesce(
            sum(order_value) filter (
                where ordered_at < $as_of::timestamp - interval 90 day
                and ordered_at >= $as_of::timestamp - interval 180 day
            ), 0
        )::double as earlier_spend,
        sum((order_value * weight)::decimal(38, 6))::double as fading_spend,
        sum(weight)::double as fading_orders,
        sum(items) as items,
        sum(lines) as lines,
        sum(products) as products,
        count(*) filter (where isodow(ordered_at) >= 6) as weekend_orders,
        count(*) filter (where hour(ordered_at) >= 18) as evening_orders,
        coalesce(sum(order_value) filter (where month(ordered_at) >= 11), 0)::double as holiday_spend
    from gaps
    group by customer_id
),

final as (
    select
        customer_id,
        days_since_last_purchase::double as days_since_last_purchase,
        order_count::double as order_count,
        total_spend,
        total_spend / order_count as mean_order_value,
        largest_order_value,
        tenure_days::double as tenure_days,
        active_months::double as active_months,
        gap_sum / nullif(gap_count, 0) as mean_days_between_orders,
        case
            when gap_count >= 2
            then sqrt(greatest(gap_square_sum - gap_sum * gap_sum / gap_count, 0) / (gap_count - 1))
        end as sd_days_between_orders,
        recent_spend,
        fading_spend,
        fading_orders,
        coalesce((recent_spend - earlier_spend) / nullif(recent_spend + earlier_spend, 0), 0) as spend_trend,
        items / order_count as items_per_order,
        lines::double / order_count as lines_per_order,
        nullif(products, 0)::double / order_count as products_per_order,
        distinct_products::double as distinct_products,
        total_spend / nullif(items, 0) as mean_item_price,
        cancelled_spend / (total_spend + cancelled_spend) as return_share,
        weekend_orders::double / order_count as weekend_share,
        case when has_time then evening_orders::double / order_count end as evening_share,
        holiday_spend / total_spend as holiday_share
    from sums
    join products using (customer_id)
    join cancelled using (customer_id)
    cross join source_facts
)

select *
from final
order by customer_id
