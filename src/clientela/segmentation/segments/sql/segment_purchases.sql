-- Grain: one row per purchased line of a customer who has a segment, without cancelled lines.
-- Reads net_lines (features/sql/net_lines.sql) and segment_of (customer_id, segment_id; one row per customer).
-- Invariants: a product has one product_name, its most frequent description (in a tie, the first in alphabetical order).
with purchases as (
    select
        segment_of.segment_id,
        customer_id,
        net_lines.order_id,
        net_lines.ordered_at,
        net_lines.product_id,
        nullif(trim(net_lines.description), '') as description,
        net_lines.product_group,
        nullif(trim(net_lines.country), '') as country
    from net_lines
    join segment_of using (customer_id)
    where net_lines.amount > 0
),

descriptions as (
    select
        product_id,
        description,
        count(*) as lines
    from purchases
    where description is not null
    group by product_id, description
),

product_names as (
    select
        product_id,
        description as product_name
    from descriptions
    qualify row_number() over (partition by product_id order by lines desc, description) = 1
),

final as (
    select
        purchases.* exclude (description),
        product_names.product_name
    from purchases
    left join product_names using (product_id)
)

select *
from final
