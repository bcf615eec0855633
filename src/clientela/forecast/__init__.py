"""The forecast of spend, orders and buyers of any group of customers, with intervals that were checked on past dates."""
