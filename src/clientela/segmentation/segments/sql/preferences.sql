-- Grain: one row per segment and value of $kind (products, groups, countries), best first. From the segment's $widest
-- values with the most customers, those with at least $fewest customers and $smallest_share of the segment are kept, and
-- of these the $most with the highest lift, or with the highest share if $by is 'share'.
-- Reads segment_purchases (segment_purchases.sql) and segment_of (customer_id, segment_id; one row per customer).
-- Invariants: share and base_share in (0, 1]; lift x base_share = share; base_share is the mean of the segments' shares,
-- weighted by their customers.
with segments as (
    select
        segment_id,
        count(*) as segment_customers,
        sum(count(*)) over () as all_customers
    from segment_of
    group by segment_id
),

choices as (
    select segment_id, customer_id, 'products' as kind, product_id as value, product_name as description
    from segment_purchases
    union
    select segment_id, customer_id, 'groups' as kind, product_group as value, null as description
    from segment_purchases
    union
    select segment_id, customer_id, 'countries' as kind, country as value, null as description
    from segment_purchases
),

counts as (
    select
        segment_id,
        value,
        description,
        count(*) as customers,
        sum(count(*)) over (partition by value) as base_customers
    from choices
    where kind = $kind
    and value is not null
    group by segment_id, value, description
),

shares as (
    select
        segment_id,
        value,
        description,
        customers,
        customers / segment_customers as share,
        base_customers / all_customers as base_share,
        share / base_share as lift,
        row_number() over (partition by segment_id order by customers desc, value) as popularity,
        case when $by = 'share' then share else lift end as merit
    from counts
    join segments using (segment_id)
),

final as (
    select
        *,
        row_number() over (partition by segment_id order by merit desc, customers desc, value) as place
    from shares
    where popularity <= $widest
    and customers >= $fewest
    and share >= $smallest_share
    qualify place <= $most
)

select *
from final
order by segment_id, place
