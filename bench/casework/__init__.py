"""The facts that each of the five systems must show, and the pages about them."""
