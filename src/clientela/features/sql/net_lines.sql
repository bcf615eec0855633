-- Grain: one row per transaction line before $as_of, minus its cancellations before $as_of.
-- Invariants: 0 <= amount and 0 <= cancelled_amount; amount = 0 if the whole line was cancelled.
with cancelled as (
    select
        line_id,
        sum(quantity::decimal(38, 4)) as quantity,
        sum(amount) as amount
    from cancellations
    where cancelled_at < $as_of::timestamp
    group by line_id
),

final as (
    select
        transactions.customer_id,
        transactions.order_id,
        transactions.ordered_at,
        transactions.product_id,
        transactions.description,
        transactions.product_group,
        transactions.country,
        transactions.quantity - coalesce(cancelled.quantity, 0) as quantity,
        transactions.amount - coalesce(cancelled.amount, 0) as amount,
        coalesce(cancelled.amount, 0) as cancelled_amount
    from transactions
    left join cancelled using (line_id)
    where transactions.ordered_at < $as_of::timestamp
)

select *
from final
