"""The forecast of spend, orders and buyers of any group of customers, with intervals checked on past dates."""
