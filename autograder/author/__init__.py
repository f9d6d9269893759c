"""What an author does: make workbooks, and verify them."""
