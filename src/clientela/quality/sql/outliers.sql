-- Grain: one row per measure (quantity, price, order_value): outliers above the upper fence, and what became of them.
-- Reads source_lines and cancellations; $spread is the distance of the fence in interquartile ranges.
-- Invariants: count = rejected + cancelled + kept.
with cancelled as (
    select
        line_id,
        sum(amount) as amount
    from cancellations
    group by line_id
),

lines as materialized (
    select
        customer_id,
        order_id,
        product_id,
        quantity,
        source_lines.amount,
        rejected_by is not null as is_rejected,
        coalesce(unit_price, if(quantity > 0, source_lines.amount::double / quantity, null)) as price,
        coalesce(cancelled.amount >= source_lines.amount, false) as is_cancelled
    from source_lines
    left join cancelled using (line_id)
    where source_lines.amount > 0
),

products as (
    select
        product_id,
        median(price) as price
    from lines
    where product_id is not null and price > 0
    group by product_id
),

measured as materialized (
    select
        'quantity' as measure,
        quantity as value,
        amount,
        is_rejected,
        is_cancelled
    from lines
    where quantity > 0
    union all
    select
        'price',
        lines.price / products.price,
        lines.amount,
        lines.is_rejected,
        lines.is_cancelled
    from lines
    inner join products using (product_id)
    where lines.price > 0
    union all
    select
        'order_value',
        sum(amount)::double,
        sum(amount),
        bool_and(is_rejected),
        bool_and(is_cancelled)
    from lines
    group by customer_id, order_id
),

fences as (
    select
        measure,
        quantile_cont(value, 0.75)
        * pow(greatest(2, quantile_cont(value, 0.75) / quantile_cont(value, 0.25)), $spread) as fence
    from measured
    group by measure
),

counted as (
    select
        measure,
        count(*) as values,
        any_value(fence) as fence,
        count(*) filter (where value > fence) as outliers,
        max(value) as largest,
        coalesce(sum(amount) filter (where value > fence and not is_rejected and not is_cancelled), 0)
        / nullif(sum(amount) filter (where not is_rejected), 0) as money_share,
        count(*) filter (where value > fence and is_rejected) as rejected,
        count(*) filter (where value > fence and not is_rejected and is_cancelled) as cancelled,
        count(*) filter (where value > fence and not is_rejected and not is_cancelled) as kept
    from measured
    inner join fences using (measure)
    group by measure
)

select
    measure,
    values,
    fence,
    outliers,
    largest,
    coalesce(money_share, 0)::double as money_share,
    rejected,
    cancelled,
    kept
from counted
order by measure
