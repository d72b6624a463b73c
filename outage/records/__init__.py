"""Records around outages: accidents and obstacles, customer-owned lines, borrowed material, not soon restorable."""
