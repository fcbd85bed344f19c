"""What the operator's commands do, apart from parsing and printing."""
