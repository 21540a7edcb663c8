"""Questions: the bound query, the front ends that make it, the compiler that turns it into SQL."""
