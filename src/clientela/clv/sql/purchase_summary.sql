-- Grain: one row per customer with at least one order before $as_of that was not cancelled by then.
-- Reads net_lines (features/sql/net_lines.sql as of the same date).
-- A purchase is a day with at least one order: the models use points in time, so two orders on one day are one. Times end
-- on the last observed day, the day before $as_of, in units of $unit_days.
-- Invariants: frequency >= 0, 0 <= recency <= T, recency = 0 if frequency = 0; monetary_value > 0 if frequency > 0,
-- otherwise 0. Sums are over exact decimals.
with days as (
    select
        customer_id,
        ordered_at::date as day,
        sum(amount) as spend
    from net_lines
    where amount > 0
    group by customer_id, day
),

marked as (
    select
        *,
        min(day) over (partition by customer_id) as first_day
    from days
),

final as (
    select
        customer_id,
        min(first_day) as first_day,
        (count(*) - 1)::double as frequency,
        date_diff('day', min(first_day), max(day)) / $unit_days::double as recency,
        (date_diff('day', min(first_day), $as_of::date) - 1) / $unit_days::double as T,
        coalesce(
            (sum(spend) filter (where day > first_day))::double / nullif(count(*) - 1, 0), 0
        ) as monetary_value
    from marked
    group by customer_id
)

select *
from final
order by customer_id
