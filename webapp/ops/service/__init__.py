"""What operators' pages show: the policy matrix, and a decision explained."""
