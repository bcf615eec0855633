-- Grain: one row per product sold both in the baseline and in the period; `ratio` is the price of an item in the period
-- over its price before, and `weight` the product's revenue in the period.
-- Reads net_lines (net_lines.sql as of the end of the period). Medians, so that one wrong price does not count.
with lines as (
    select
        product_id,
        amount,
        amount::double / quantity as price,
        ordered_at >= $start::timestamp as in_period
    from net_lines
    where amount > 0
    and quantity > 0
    and product_id is not null
    and ordered_at >= $baseline::timestamp
),

final as (
    select
        product_id,
        median(price) filter (where in_period) / median(price) filter (where not in_period) as ratio,
        sum(amount) filter (where in_period)::double as weight
    from lines
    group by product_id
    having count(*) filter (where in_period) > 0
    and count(*) filter (where not in_period) > 0
)

select *
from final
order by product_id
