"""What customers are worth: expected purchases and spend, with how sure that is; and who is about to leave."""
