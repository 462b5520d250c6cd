"""What a member owes for a dues year: fee schedule and facts in, lines with every step of the calculation out."""
