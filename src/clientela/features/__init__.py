"""One row a customer as of one date, and the scaled matrix that clusterings are fitted on."""
