"""What a customer is worth to the shop, and who is about to leave it."""
