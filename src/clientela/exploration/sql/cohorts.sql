-- Grain: one row per cohort (period of the first purchase) and age (periods since then) with the customers who bought.
-- Reads net_lines. {unit} is month, quarter or year.
-- Invariants: age 0 has all customers of the cohort.
with purchases as (
    select distinct
        customer_id,
        date_trunc('{unit}', ordered_at)::date as period
    from net_lines
    where amount > 0
),

cohorts as (
    select
        customer_id,
        min(period) as cohort
    from purchases
    group by customer_id
)

select
    cohorts.cohort,
    date_diff('{unit}', cohorts.cohort, purchases.period) as age,
    count(*) as customers
from purchases
inner join cohorts using (customer_id)
group by cohorts.cohort, age
order by cohorts.cohort, age
