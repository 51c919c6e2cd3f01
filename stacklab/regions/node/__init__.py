"""What a node that is not home has in place of identity."""
