"""What a GPU or a kind of CPU asks of a step: graphs, memory, the precision of products."""
