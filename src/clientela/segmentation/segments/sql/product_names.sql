-- Grain: one row per product of $products.
-- Reads segment_purchases (segment_purchases.sql).
with final as (
    select distinct
        product_id,
        coalesce(product_name, product_id) as product_name
    from segment_purchases
    where product_id in (select unnest($products))
)

select *
from final
