"""What the machine gives: memory, the allocator, processes, MXNet, and who watches the output."""
